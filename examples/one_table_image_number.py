"""One table with pictures and numbers, to a class.

    python examples/one_table_image_number.py [FOLDER]

Which of the ten digits was written? The pictures are scikit-learn's: an array of
1,797 x 8 x 8. Beside each stand two numbers: how much ink there is, and how far right
its middle lies. Pictures may also be paths to files, or the bytes of PNG or JPEG.
"""

from __future__ import annotations

import sys

import numpy as np
from sklearn.datasets import load_digits

import sensorium as sm


def digits() -> dict[str, np.ndarray]:
    """The table: each column an array with one entry a row."""
    pictures, label = load_digits().images, load_digits().target
    ink = pictures.mean(axis=(1, 2))
    middle = (pictures.sum(axis=1) @ np.arange(8)) / pictures.sum(axis=(1, 2))
    return {
        "picture": (pictures * 15.9375).astype(np.uint8),  # 0 to 16 becomes 0 to 255
        "ink": ink,
        "middle": middle,
        "digit": label,
    }


def main(folder: str = "runs/one_table_image_number") -> None:
    table = digits()
    recipe = sm.Recipe(
        data=table,
        inputs={
            "picture": sm.Image((8, 8)),
            "numbers": sm.Number(["ink", "middle"]),
        },
        outputs={"digit": sm.heads.Classification()},
        split={"valid": 0.1, "test": 0.2},
        stages=[sm.Stage(epochs=10)],
        seed=0,
    )
    run = sm.fit(recipe, folder, overwrite=True)

    print("Scores on rows that training never saw, with 95 % intervals:")
    for score in run.evaluate()["digit"]:
        interval = f"{score.low:.3f} to {score.high:.3f}"
        print(f"  {score.name:18} {score.value:.3f}  ({interval})")
    naive = np.bincount(table["digit"]).max() / len(table["digit"])
    print(f"  always the same digit: accuracy {naive:.3f}")

    # Three rows as they are; then the same rows without their pictures.
    rows = {name: values[:3] for name, values in table.items() if name != "digit"}
    print(f"\nTrue:            {table['digit'][:3].tolist()}")
    print(f"Predicted:       {run.predict(rows)['digit'].to_list()}")
    blind = {**rows, "picture": [None, None, None]}
    print(f"Without picture: {run.predict(blind)['digit'].to_list()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
