"""Two encoders, each taught by a data set of its own, fused on a few pairs.

The upper and the lower half of handwritten digits are two sensors. One data set has
upper halves only, another one lower halves only, both with labels; of pairs, digits
seen by both sensors, there are few. Each encoder is taught on its own data set, then
both are joined: first only what stands on top of them learns, then all, slowly. The
same network without the two data sets shows what they are worth; rows that lack a
sensor show that the fused model goes on without it.

The digits come with scikit-learn. Takes about half a minute.
"""

from __future__ import annotations

import sys

import numpy as np
from sklearn.datasets import load_digits

import sensorium as sm

UPPER, LOWER, PAIRS = 600, 600, 100


def tables() -> dict[str, dict[str, np.ndarray]]:
    """Three data sets without a common row, and pairs to test on."""
    images, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digits))
    rows = images[order].astype("float32")
    whole = {"upper": rows[:, :32], "lower": rows[:, 32:], "digit": digits[order]}
    ends = np.cumsum([UPPER, LOWER, PAIRS])
    first, second, pairs, test = (
        dict(zip(whole, split, strict=True))
        for split in zip(*(np.split(a, ends) for a in whole.values()), strict=True)
    )
    del first["lower"], second["upper"]
    return {"uppers": first, "lowers": second, "pairs": pairs, "test": test}


def recipe(data: dict[str, dict[str, np.ndarray]], taught: bool) -> sm.Recipe:
    """One model of both sensors, with encoders taught on their own data or not."""
    stages: list[dict[str, object]] = [{"type": "train"}]
    if taught:
        stages = [
            {"type": "pretrain", "table": "uppers", "inputs": ["upper"]},
            {"type": "pretrain", "table": "lowers", "inputs": ["lower"]},
            {"type": "lp_ft"},
        ]
    return sm.Recipe(
        data={"train": data["pairs"], "test": data["test"]},
        tables={"uppers": data["uppers"], "lowers": data["lowers"]},
        inputs={"upper": sm.Vector(), "lower": sm.Vector()},
        outputs={"digit": sm.heads.Classification()},
        fusion=sm.fusion.Concat(64),
        modality_dropout=0.2,
        stages=stages,
    )


def accuracy(run: sm.Run, rows: dict[str, np.ndarray]) -> float:
    """Share of digits that are told right."""
    predicted = run.predict(rows)["digit"].to_numpy()
    return float(np.mean(predicted == rows["digit"]))


def without(rows: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """The same rows with a sensor that has failed: all its values are missing."""
    return {**rows, name: np.full_like(rows[name], np.nan)}


def main(folder: str = "runs/two_encoders_two_datasets") -> None:
    """Trains with and without the sensors' own data sets and compares."""
    data = tables()
    taught = sm.fit(recipe(data, True), f"{folder}/taught", overwrite=True)
    scratch = sm.fit(recipe(data, False), f"{folder}/scratch", overwrite=True)
    for stage in taught.metadata["history"]:
        learned = [row["part"] for row in stage["learners"] if row["learns"]]
        print(f"{stage['stage']}: {len(stage['epochs'])} epochs, learned: {learned}")

    test = data["test"]
    print(f"\nAccuracy on {len(test['digit'])} pairs, after {PAIRS} pairs:")
    for name, run in (("taught first", taught), ("from scratch", scratch)):
        print(f"  {name:28} {accuracy(run, test):.3f}")
        for lost in ("upper", "lower"):
            score = accuracy(run, without(test, lost))
            print(f"  {f'{name}, no {lost}':28} {score:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
