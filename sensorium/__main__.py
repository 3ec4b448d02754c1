"""Runs the command line: `python -m sensorium`."""

from __future__ import annotations

import sys

from sensorium.cli import main

if __name__ == "__main__":
    sys.exit(main())
