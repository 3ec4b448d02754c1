"""One table with a text and numbers, to one of two classes.

    python examples/one_table_text_number.py [FOLDER]

Does an emoji come in several skin tones? One in six does. Known are its keywords and
two numbers. The words are counted on training rows only; words that new rows bring
along count as unknown. Rows of the rarer class weigh more here, so that both are found.
"""

from __future__ import annotations

import sys

import polars as pl

import sensorium as sm
from sensorium import demo


def main(folder: str = "runs/one_table_text_number") -> None:
    recipe = sm.Recipe(
        data=demo.table_path(),
        inputs={
            "keywords": sm.Text(),
            "numbers": sm.Number(["n_codepoints", "n_keywords"]),
        },
        outputs={"has_skin_tones": sm.heads.Classification(class_weight="balanced")},
        split={"valid": 0.1, "test": 0.2},
        stages=[sm.Stage(epochs=40)],
        seed=0,
    )
    run = sm.fit(recipe, folder, overwrite=True)

    print("Scores on rows that training never saw, with 95 % intervals:")
    for score in run.evaluate()["has_skin_tones"]:
        interval = f"{score.low:.3f} to {score.high:.3f}"
        print(f"  {score.name:18} {score.value:.3f}  ({interval})")
    print("  one answer for all rows: balanced_accuracy 0.500, auc 0.500")

    rows = pl.DataFrame(
        {
            "keywords": ["person running fast", "fruit red sweet", ""],
            "n_codepoints": [1, 1, 1],
            "n_keywords": [3, 3, None],
        }
    )
    print("\nNew rows:")
    print(run.predict(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
