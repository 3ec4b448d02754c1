"""Two inputs, one model: numbers and text to a class, merged in whichever way.

    python examples/two_inputs.py [FOLDER] [FUSION ...]

The table holds emoji: words that people search each by, some numbers about it, and the
group that it belongs to. By hand this takes a vocabulary, a scaler fitted on the right
rows, two branches, arrays in the right order, and for another merge other layers and
widths that fit. Here each input is one line and keeps its name from the table to the
prediction, and the merge is one word.
"""

from __future__ import annotations

import sys

import polars as pl

import sensorium as sm
from sensorium import demo

NUMBERS = ["n_codepoints", "n_short_names", "n_keywords"]
FUSIONS = ("concat", "add", "multiply", "max", "average", "gated", "film", "low_rank")


def trained(table: pl.DataFrame, fusion: str, folder: str) -> sm.Run:
    recipe = sm.Recipe(
        data=table,
        inputs={
            "numbers": sm.Number(NUMBERS),
            "keywords": sm.Text(),  # the column is called as the input is
        },
        fusion=fusion,  # how the two are joined: the only difference
        outputs={"group": sm.heads.Classification()},
        split={"valid": 0.1, "test": 0.2},  # before anything is fitted
        stages=[sm.Stage(epochs=30)],  # ends early when the valid rows get no better
        seed=0,
    )
    return sm.fit(recipe, folder, overwrite=True)


def main(folder: str = "runs/two_inputs", *fusions: str) -> None:
    table = pl.read_parquet(demo.table_path())
    runs = {}
    for fusion in fusions or FUSIONS:
        runs[fusion] = trained(table, fusion, f"{folder}/{fusion}")

    # These rows are for judging, not for choosing: the intervals say what is chance.
    print("Accuracy on rows that training never saw, with 95 % intervals:")
    for fusion, run in runs.items():
        scores = {score.name: score for score in run.evaluate()["group"]}
        score = scores["accuracy"]
        interval = f"{score.low:.3f} to {score.high:.3f}"
        print(f"  {fusion:10} {score.value:.3f}  ({interval})")
    naive = table["group"].value_counts()["count"].max() / len(table)
    print(f"  always the largest group: {naive:.3f}")

    # New rows as they come: no scaling, no vocabulary, no order of arrays to keep.
    # What is missing is left out or None.
    rows = [
        {"keywords": "bear forest wild", "n_codepoints": 1, "n_short_names": 1},
        {"keywords": "sun beach travel", "n_codepoints": 1, "n_keywords": 3},
        {"keywords": None, "n_codepoints": 7, "n_short_names": 1, "n_keywords": 9},
    ]
    fusion, run = next(iter(runs.items()))
    print(f"\nNew rows, by {fusion}:")
    for row, group in zip(rows, run.predict(rows)["group"], strict=True):
        print(f"  {row['keywords']}: {group}")

    # The network is an ordinary Keras model: dict in, dict out, by the same names.
    print(f"\nrun.network has {run.network.count_params():,} weights")


if __name__ == "__main__":
    main(*sys.argv[1:])
