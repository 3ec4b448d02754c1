"""`sensorium train`: a recipe in, a run folder out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sensorium.cli.show import Watcher, changes, print_scores
from sensorium.recipe import Recipe


def run(given: argparse.Namespace) -> None:
    """Runs the verb."""
    recipe = Recipe.from_yaml(Path(given.recipe), changes(given.changes))
    train(
        recipe,
        given.output,
        overwrite=given.overwrite,
        resume=given.resume,
        cache=not given.no_cache,
    )
    print(f"\nNext: sensorium predict {given.output} TABLE -o predictions.csv")


def train(recipe: Recipe, folder: str, **options: Any) -> None:
    """Trains with progress shown, and prints the scores.

    Args:
        recipe: What to train.
        folder: The run's folder.
        **options: `overwrite`, `resume` and `cache` of `sensorium.fit`.
    """
    from sensorium.pipeline import fit  # after the document was found right

    watcher = Watcher()
    try:
        result = fit(recipe, folder, report=watcher, **options)
    finally:
        watcher.close()
    if watcher.stopped:
        print(f"Stopped in stage `{watcher.stopped}`; the best weights are saved.")
        print("Go on with the same command and --resume.\n")
    if result.has_scores:
        print("Scores on rows that training never saw:\n")
        print_scores(result.evaluate(), result.naive_scores())
