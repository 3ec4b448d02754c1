"""One table with categories and numbers, to a number.

    python examples/one_table_category_number.py [FOLDER]

In which year did an emoji come? Known are the Japanese phone companies that had it
before (a category), whether it stands for typed signs such as :-) (another), and three
numbers. Categories need no one-hot columns, numbers no scaler, and a category that
training never saw is no error.
"""

from __future__ import annotations

import sys

import polars as pl

import sensorium as sm
from sensorium import demo


def main(folder: str = "runs/one_table_category_number") -> None:
    recipe = sm.Recipe(
        data=demo.table_path(),  # a path, or a table in memory
        inputs={
            "categories": sm.Category(["legacy_carrier", "has_emoticon"]),
            "numbers": sm.Number(["n_codepoints", "n_short_names", "n_keywords"]),
        },
        outputs={"year": sm.heads.Regression()},
        split={"valid": 0.1, "test": 0.2},
        stages=[sm.Stage(epochs=60)],
        seed=0,
    )
    run = sm.fit(recipe, folder, overwrite=True)

    print("Scores on rows that training never saw, with 95 % intervals:")
    for score in run.evaluate()["year"]:
        interval = f"{score.low:.3f} to {score.high:.3f}"
        print(f"  {score.name:6} {score.value:.3f}  ({interval})")
    print("  always the mean year: r2 0.000")

    # Predictions are in years, not in scaled units.
    rows = pl.DataFrame(
        {
            "legacy_carrier": ["docomo|au|softbank", "none", "a new company"],
            "has_emoticon": [False, False, None],
            "n_codepoints": [1, 4, 1],
            "n_short_names": [1, 1, 1],
            "n_keywords": [5, 7, None],
        }
    )
    print("\nNew rows:")
    found = run.predict(rows)["year"]
    for carrier, year in zip(rows["legacy_carrier"], found, strict=True):
        print(f"  {carrier}: {year:.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
