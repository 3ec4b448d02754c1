"""Runs variants in child processes, in turn, and prints medians and ratios."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence

Figures = dict[str, float]


def child(module: str, *arguments: str, backend: str = "jax") -> Figures:
    """Runs `python -m module arguments`, which prints its figures as one JSON line."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(  # our own interpreter and modules
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} {arguments} failed:\n{done.stderr[-3000:]}")
    found: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def tell(figures: Mapping[str, float]) -> None:
    """Prints the figures of this process, with its peak memory in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "peak MB": peak}))


def compare(
    title: str, variants: Mapping[str, Sequence[Figures]], first: str, second: str
) -> None:
    """Prints the medians of every figure and the ratio of two variants, pairwise."""
    print(f"\n## {title}\n")
    print(f"| figure | {' | '.join(variants)} | {second} / {first} |")
    print("|---" * (len(variants) + 2) + "|")
    for name in variants[first][0]:
        cells = [
            f"{statistics.median(run[name] for run in runs):.4g}"
            if name in runs[0]
            else ""
            for runs in variants.values()
        ]
        pairs = zip(variants[first], variants[second], strict=True)
        ratios = [theirs[name] / ours[name] for ours, theirs in pairs if name in theirs]
        ratio = f"{statistics.median(ratios):.2f}" if ratios else ""
        print(f"| {name} | {' | '.join(cells)} | {ratio} |")
