"""`sensorium demo`: the whole way on real data that ships inside."""

from __future__ import annotations

import argparse

import polars as pl

from sensorium import demo
from sensorium.cli.show import Watcher, print_scores
from sensorium.data import read
from sensorium.data.split import TEST, assign, rows_in
from sensorium.recipe import Recipe

SHOWN = 5


def run(given: argparse.Namespace) -> None:
    """Runs the verb."""
    if given.which == "gan":
        from sensorium.cli.demo_gan import play  # it loads Keras

        play(given.output or "runs/demo-gan")
        return
    folder = given.output or "runs/demo"
    recipe = Recipe.from_yaml(demo.recipe_path())
    from sensorium.pipeline import fit

    watcher = Watcher()
    try:
        result = fit(recipe, folder, overwrite=True, report=watcher)
    finally:
        watcher.close()
    print("Scores on emoji that training never saw:\n")
    print_scores(result.evaluate(), result.naive_scores())
    rows = _unseen(recipe).sample(SHOWN, seed=0)
    print("\nA few predictions of such emoji:\n")
    _show(rows, result.predict(rows), list(recipe.outputs))
    print(_next(folder))


def _unseen(recipe: Recipe) -> pl.DataFrame:
    table = read(demo.table_path())
    rows = rows_in(assign(table, recipe.table_split()), TEST)
    return pl.read_parquet(demo.table_path())[rows]


def _show(rows: pl.DataFrame, predictions: pl.DataFrame, outputs: list[str]) -> None:
    for row, found in zip(rows.to_dicts(), predictions.to_dicts(), strict=True):
        print(f"  {row['name']}")
        for name in outputs:
            value = found[name]
            shown = f"{value:.2f}" if isinstance(value, float) else value
            print(f"    {name}: {shown} (true: {row[name]})")


def _next(folder: str) -> str:
    table = demo.table_path()
    return f"""
Next, try:
  sensorium evaluate {folder}
  sensorium predict {folder} {table} -o predictions.csv
  sensorium init YOUR_TABLE.csv --target YOUR_COLUMN -o recipe.yaml"""
