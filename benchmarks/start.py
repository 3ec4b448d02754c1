"""How long it takes to begin: whole processes, the median of several, in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

REPEATS = 9
COMMANDS = {
    "python, nothing": ["-c", "pass"],
    "import sensorium": ["-c", "import sensorium"],
    "sensorium --help": ["-m", "sensorium", "--help"],
    "sensorium check --schema": ["-m", "sensorium", "check", "--schema"],
    "import keras": ["-c", "import sensorium, keras"],
}


def main() -> None:
    """Prints the seconds of each command, and beyond an empty Python."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(REPEATS):
        for name, arguments in COMMANDS.items():
            started = time.perf_counter()
            command = [sys.executable, *arguments]
            subprocess.run(command, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - started)
    print("\n## Starting, seconds\n\n| command | median | beyond empty Python |")
    print("|---|---|---|")
    empty = statistics.median(seconds["python, nothing"])
    for name, found in seconds.items():
        median = statistics.median(found)
        print(f"| {name} | {median:.3f} | {median - empty:.3f} |")


if __name__ == "__main__":
    main()
