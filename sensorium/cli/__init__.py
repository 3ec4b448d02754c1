"""The command line: one file a verb; `main` is what the command `sensorium` calls."""

from sensorium.cli.main import main

__all__ = ["main"]
