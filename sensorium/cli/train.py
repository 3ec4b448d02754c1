"""`sensorium train`: a recipe in, a run folder out."""

from __future__ import annotations

import argparse
from pathlib import Path

from sensorium.cli.show import Watcher, changes, print_scores
from sensorium.recipe import Recipe


def run(given: argparse.Namespace) -> None:
    """Runs the verb."""
    recipe = Recipe.from_yaml(Path(given.recipe), changes(given.changes))
    train(recipe, given.output, overwrite=given.overwrite)
    print(f"\nNext: sensorium predict {given.output} TABLE -o predictions.csv")


def train(recipe: Recipe, folder: str, *, overwrite: bool) -> None:
    """Trains with progress shown, and prints the scores."""
    from sensorium.pipeline import fit  # after the document was found right

    watcher = Watcher()
    try:
        result = fit(recipe, folder, overwrite=overwrite, report=watcher)
    finally:
        watcher.close()
    if result.has_scores:
        print("Scores on rows that training never saw:\n")
        print_scores(result.evaluate(), result.naive_scores())
