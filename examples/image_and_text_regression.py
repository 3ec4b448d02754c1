"""Pictures and text to a number: in which year did an emoji come?

    python examples/image_and_text_regression.py [FOLDER] [EPOCHS]

By hand this takes a vocabulary, two branches of layers, a target that is scaled and
scaled back, and keys that agree between model, `compile` and `fit`; a loss on a wrong
scale or a key that fits nothing is not told. Here inputs and outputs are named once.
The same model with one input alone shows what each input is worth.
"""

from __future__ import annotations

import sys

import polars as pl

import sensorium as sm
from sensorium import demo

INPUTS = {"picture": {"type": "image", "size": [32, 32]}, "name": {"type": "text"}}


def trained(table: pl.DataFrame, names: list[str], folder: str, epochs: int) -> sm.Run:
    recipe = sm.Recipe(
        data=table,
        inputs={name: INPUTS[name] for name in names},
        outputs={"year": sm.heads.Regression(scale=True)},  # scaled inside only
        fusion=sm.fusion.Concat(64),
        split={"valid": 0.1, "test": 0.2},  # before anything is fitted
        stages=[sm.Stage(epochs=epochs)],
        seed=0,
    )
    return sm.fit(recipe, folder, overwrite=True)


def main(folder: str = "runs/image_and_text_regression", epochs: str = "30") -> None:
    """Trains on both inputs and on each alone, and compares."""
    table = pl.read_parquet(demo.table_path())
    both = trained(table, ["picture", "name"], f"{folder}/both", int(epochs))
    single = {
        name: trained(table, [name], f"{folder}/{name}", int(epochs)) for name in INPUTS
    }

    print("On emoji that training never saw, with 95 % intervals:")
    for score in both.evaluate()["year"]:
        interval = f"{score.low:.3f} to {score.high:.3f}"
        print(f"  {score.name:10} {score.value:.3f}  ({interval})")
    print("\nr2 with fewer inputs (0: no better than the mean year):")
    for name, run in single.items():
        r2 = next(s.value for s in run.evaluate()["year"] if s.name == "r2")
        print(f"  {f'{name} alone':16} {r2:.3f}")

    # Rows as they come. A picture may be missing: the name alone is used then.
    rows = table.filter(pl.col("name").is_in(["grinning face", "melting face"]))
    rows = rows.select("name", "picture", "year")
    blind = rows.with_columns(picture=pl.lit(None, pl.Binary))
    found = [both.predict(each)["year"] for each in (rows, blind)]
    print("\nYears (true, predicted, predicted without the picture):")
    for name, year, *guessed in zip(rows["name"], rows["year"], *found, strict=True):
        print(f"  {name}: {year}, " + ", ".join(f"{guess:.1f}" for guess in guessed))


if __name__ == "__main__":
    main(*sys.argv[1:])
