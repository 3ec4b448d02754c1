"""Encoders taught one by one, then fused: is the whole ever below its best part?

    python -m benchmarks.quality.fused [WORD ...]

The recipe of every task is the one that `sensorium init` writes; before its training
each encoder learns alone (`pretrain`), and then all are fused (`lp_ft`). Printed are
the score of the test rows from all inputs, and that of a linear model on each encoder's
encodings alone. digits_three has a benchmark of its own; of glyph_scenes neither input
alone can know the target.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import sensorium as sm
from benchmarks.quality.data import Task, tasks, write
from sensorium.draft import draft
from sensorium.evaluation.singles import MAIN_SCORE


def main() -> None:
    """Runs the chosen tasks and prints one row for each as it ends."""
    parser = argparse.ArgumentParser(prog="benchmarks.quality.fused")
    parser.add_argument("words", nargs="*")
    given = parser.parse_args()
    print("| task | metric | fused | best encoder alone | difference |")
    print("|---|---|---|---|---|", flush=True)
    for task in tasks():
        wanted = not given.words or any(word in task.name for word in given.words)
        if wanted and task.is_available:
            print(row(task), flush=True)


def row(task: Task) -> str:
    """Trains one task and gives its row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write(task, folder, 0)
        written = folder / "recipe.yaml"
        written.write_text(draft(sm.read(path), [task.target], path.name))
        names = list(sm.Recipe.from_yaml(written).inputs)
        stages = [{"type": "pretrain", "inputs": names}, {"type": "lp_ft"}]
        recipe = sm.Recipe.from_yaml(written, {"stages": stages})
        run = sm.fit(recipe, folder / "run", cache=False)
        scores = {score.name: score for score in run.evaluate()[task.target]}
        fused = next(scores[name] for name in MAIN_SCORE.values() if name in scores)
        alone = run.single_scores()[task.target]
    single = {name: value for name, value in alone.items() if value is not None}
    best = max(single, key=lambda name: single[name])
    return (
        f"| {task.name} | {fused.name} | {fused.value:.3f} "
        f"| {single[best]:.3f} ({best}) | {fused.value - single[best]:+.3f} |"
    )


if __name__ == "__main__":
    main()
