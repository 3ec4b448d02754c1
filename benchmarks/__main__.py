"""`make bench`: every benchmark in turn, each with its own table.

python -m benchmarks [NAME ...]

names: start table_a table_b flat fusion balances dominance embeddings gan scenes
quality
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version

NAMES = (
    "start",
    "table_a",
    "table_b",
    "flat",
    "fusion",
    "balances",
    "dominance",
    "embeddings",
    "gan",
    "scenes",
    "quality",
)


def main() -> int:
    """Runs the named benchmarks, or all."""
    names = sys.argv[1:] or list(NAMES)
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"there is no benchmark {unknown[0]}; known: {', '.join(NAMES)}")
        return 2
    packages = ("keras", "jax", "polars", "numpy", "pandas", "scikit-learn")
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python", end=" ")
    print(platform.python_version(), *(f"{p} {version(p)}" for p in packages), sep=", ")
    for name in names:
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        done = subprocess.run(command, check=False)  # our own modules
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
