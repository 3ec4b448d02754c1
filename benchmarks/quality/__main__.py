"""Trains what `sensorium init` writes, nothing tuned, and prints the accuracy table.

    python -m benchmarks.quality [WORD ...] [--set PATH=VALUE] [--fold N]

WORDs choose the tasks whose names hold one of them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import sensorium as sm
from benchmarks.quality.data import Task, tasks, write
from sensorium.cli.show import changes
from sensorium.draft import draft


def main() -> None:
    """Runs the chosen tasks and prints one row for each as it ends."""
    parser = argparse.ArgumentParser(prog="benchmarks.quality", description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--set", action="append", default=[], dest="changes")
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print the recipes too")
    given = parser.parse_args()
    print("| task | metric | ours | 95 % | stacked baseline | same split | s |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for task in tasks():
        wanted = not given.words or any(word in task.name for word in given.words)
        if wanted and task.is_available:
            print(row(task, given), flush=True)


def row(task: Task, given: argparse.Namespace) -> str:
    """Trains one task and gives its row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write(task, folder, given.fold)
        text = draft(sm.read(path), [task.target], path.name)
        (folder / "recipe.yaml").write_text(text)
        if given.show:
            print(text)
        recipe = sm.Recipe.from_yaml(folder / "recipe.yaml", changes(given.changes))
        started = time.perf_counter()
        run = sm.fit(recipe, folder / "run", cache=False)
        seconds = time.perf_counter() - started
        score = {s.name: s for s in run.evaluate()[task.target]}[task.metric]
    same = f"{task.same_split:.3f}"
    return (
        f"| {task.name} | {task.metric} | {score.value:.3f} "
        f"| {score.low:.3f}-{score.high:.3f} "
        f"| {task.baseline:.3f} ± {task.spread:.3f} | {same} | {seconds:.0f} |"
    )


if __name__ == "__main__":
    main()
