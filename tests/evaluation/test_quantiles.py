from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.evaluation import baseline_scores, score_output
from sensorium.evaluation.quantiles import is_quantile, level_of, quantile_names

TRUTH = np.array([1.0, 2.0, 6.0, np.nan, 4.0])
FOUND = {
    "q10": np.array([0.0, 0.0, 0.0, 0.0, 5.0]),
    "q50": np.array([1.0, 3.0, 3.0, 9.0, 5.0]),
    "q90": np.array([5.0, 5.0, 5.0, 9.0, 9.0]),
}


def test_scores_by_hand() -> None:
    found = {s.name: s for s in score_output("quantiles", TRUTH, FOUND)}
    assert list(found) == ["pinball", "coverage", "calibration_error", "mae"]
    by_row = [  # of 0.1, 0.5, 0.9
        0.1 * 1 + 0.0 + 0.1 * 4,
        0.1 * 2 + 0.5 + 0.1 * 3,
        0.1 * 6 + 1.5 + 0.9 * 1,
        0.9 * 1 + 0.5 + 0.1 * 5,
    ]
    assert found["pinball"].value == pytest.approx(sum(by_row) / 12)
    assert found["coverage"].value == 0.5
    assert found["coverage"].reason == "0.8 would be right"
    expected = (abs(0.25 - 0.1) + abs(0.75 - 0.5) + abs(0.75 - 0.9)) / 3
    assert found["calibration_error"].value == pytest.approx(expected)
    assert found["mae"].value == pytest.approx((0 + 1 + 3 + 1) / 4)
    assert found["mae"].rows == 4


def test_one_quantile_covers_nothing() -> None:
    found = score_output("quantiles", TRUTH, {"q50": FOUND["q50"]})
    assert found[1].value is None
    assert found[1].reason == "there is one quantile only"


def test_names_are_read_in_rising_order() -> None:
    assert quantile_names(["q97.5", "value", "q5", "quick"]) == ["q5", "q97.5"]
    assert level_of("q2.5") == 0.025
    assert not is_quantile("q")


def test_predictions_without_a_quantile_are_refused() -> None:
    with pytest.raises(DataError, match="expected an array for each quantile"):
        score_output("quantiles", TRUTH, {"value": FOUND["q50"]})


def test_the_baseline_has_the_quantiles_of_the_training_labels() -> None:
    train, test = np.arange(101.0), np.array([10.0, 50.0, 95.0, 20.0])
    found = baseline_scores("quantiles", train, test, classes=["q10", "q90"])
    scores = {score.name: score.value for score in found}
    assert scores["coverage"] == 0.75
    assert scores["mae"] == pytest.approx((0 + 40 + 85 + 10) / 4)
