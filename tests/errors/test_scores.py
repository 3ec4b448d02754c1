"""What scores refuse, with the sentence that says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.evaluation import score_output

HALF = {"probability": np.full((2, 2), 0.5)}


@pytest.mark.parametrize(
    ("kind", "truth", "prediction", "words"),
    [
        ("regresion", np.zeros(2), {}, "Did you mean `regression`?"),
        ("classification", np.zeros(2), HALF, "whole class ids"),
        ("classification", np.zeros((2, 1), int), HALF, "whole class ids"),
        ("classification", np.array([0, 2]), HALF, "below 2, the number of classes"),
        ("classification", np.zeros(3, int), HALF, "numbers for 3 rows"),
        (
            "classification",
            np.zeros(2, int),
            {"value": 1},
            "array called `probability`",
        ),
        (
            "classification",
            np.zeros(2, int),
            {"probability": np.array([[0.9, 0.9], [0.5, 0.5]])},
            "add up to 1 in every row. Received: 1.8",
        ),
        (
            "classification",
            np.zeros(2, int),
            {"probability": np.array([[2.0, -1.0], [0.5, 0.5]])},
            "between 0 and 1. Received: 2.0",
        ),
        (
            "classification",
            np.zeros(2, int),
            {"probability": np.array([[np.inf, 0.5], [0.5, 0.5]])},
            "between 0 and 1. Received: inf",
        ),
        ("classification", np.zeros(2, int), {"probability": np.zeros((2, 0))}, "rows"),
        ("regression", np.zeros((2, 1)), {"value": np.zeros(2)}, r"shape \(rows,\)"),
        ("regression", np.zeros(2), {"value": np.zeros((2, 1))}, "1 dimension"),
        (
            "regression",
            np.array(["a", "b"]),
            {"value": np.zeros(2)},
            "expected numbers",
        ),
        ("regression", np.array([np.inf, 0]), {"value": np.zeros(2)}, "truth: .*inf"),
        ("regression", np.zeros(2), {"value": np.array([0, 1e200])}, "value: .*1e.200"),
        ("flags", np.array([[0, 2], [0, 1]]), HALF, "0 and 1. Received: 2.0"),
        ("flags", np.zeros((2, 3)), HALF, "expected 3 flags"),
        ("flags", np.zeros(2), HALF, r"shape \(rows, columns\)"),
        (
            "flags",
            np.zeros((2, 2)),
            {"probability": np.full((2, 2), 3.0)},
            "between 0 and 1",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    kind: str, truth: np.ndarray, prediction: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        score_output(kind, truth, prediction)


def test_wrong_names_and_groups_are_refused() -> None:
    truth = np.zeros(2, int)
    with pytest.raises(DataError, match="one name for each of the 2 columns"):
        score_output("classification", truth, HALF, classes=["a"])
    with pytest.raises(DataError, match="one id for each of the 2 rows"):
        score_output("classification", truth, HALF, group=np.zeros(3))
