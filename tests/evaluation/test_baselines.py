from __future__ import annotations

import numpy as np
import pytest
from sklearn import dummy, metrics

from sensorium.errors import DataError
from sensorium.evaluation import Score, baseline_scores, score_output


def _by_name(scores: list[Score]) -> dict[str, Score]:
    return {score.name: score for score in scores}


def test_the_largest_training_class_is_the_naive_answer() -> None:
    generator = np.random.default_rng(0)
    train = generator.choice(3, 500, p=[0.2, 0.5, 0.3])
    test = generator.choice(3, 200, p=[0.2, 0.5, 0.3])
    naive = dummy.DummyClassifier(strategy="prior").fit(np.zeros((500, 1)), train)
    rows = np.zeros((200, 1))
    found = _by_name(baseline_scores("classification", train, test))
    assert found["accuracy"].value == naive.score(rows, test)
    assert found["log_loss"].value == pytest.approx(
        metrics.log_loss(test, naive.predict_proba(rows))
    )
    assert found["auc"].value == 0.5
    assert found["balanced_accuracy"].value == pytest.approx(1 / 3)


def test_the_constant_comes_from_training_rows_alone() -> None:
    train, test = np.array([0, 0, 0, 1, -1, -1]), np.array([1, 1, 1, 0, -1])
    found = _by_name(baseline_scores("classification", train, test))
    assert found["accuracy"].value == 0.25
    assert found["accuracy"].rows == 4


def test_absolute_errors_get_the_median_and_squares_the_mean() -> None:
    train = np.array([0.0, 0.0, 1.0, 11.0, np.nan])
    test = np.array([0.0, 2.0, np.nan])
    found = _by_name(baseline_scores("regression", train, test))
    assert found["mae"].value == pytest.approx((0.5 + 1.5) / 2)  # median 0.5
    assert found["rmse"].value == pytest.approx(np.sqrt((9 + 1) / 2))  # mean 3
    assert found["r2"].value == pytest.approx(1 - 10 / 2)


def test_the_mean_of_the_same_rows_explains_nothing() -> None:
    labels = np.random.default_rng(0).normal(size=100)
    found = _by_name(baseline_scores("regression", labels, labels))
    assert found["r2"].value == pytest.approx(0.0)


def test_the_share_of_each_flag_is_the_naive_answer() -> None:
    train = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [np.nan, np.nan]])
    test = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = _by_name(baseline_scores("flags", train, test))
    # Flag 0 (2 of 3) is always predicted, flag 1 never: hits 1, set 2, predicted 2.
    assert found["micro_f1"].value == 0.5
    assert found["average_precision"].value == 0.5
    assert found["exact_match"].value == 0.5


def test_naive_scores_share_names_rows_and_resamples_with_the_real_ones() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(2, size=80)
    shares = np.full((80, 2), 0.5)
    real = score_output("classification", truth, {"probability": shares}, seed=5)
    naive = baseline_scores("classification", truth, truth, seed=5)
    assert [(s.name, s.rows) for s in real] == [(s.name, s.rows) for s in naive]
    # The constant answer 0 on the same resamples: the same interval where both err.
    constant = np.bincount(truth).argmax()
    same = np.eye(2)[np.full(80, constant)]
    sure = score_output("classification", truth, {"probability": same}, seed=5)
    assert sure[0] == naive[0]


def test_classes_count_those_that_no_row_has() -> None:
    labels = np.array([0, 1, 1])
    found = baseline_scores("classification", labels, labels, classes="abcd")
    assert "without 2, 3" in _by_name(found)["auc"].reason


@pytest.mark.parametrize(
    ("kind", "train", "test", "words"),
    [
        (
            "classification",
            np.array([-1]),
            np.array([0]),
            "no training row has a label",
        ),
        ("regression", np.array([np.nan]), np.zeros(1), "no training row has a label"),
        ("flags", np.full((1, 2), np.nan), np.zeros((1, 2)), "no training row"),
        ("classification", np.zeros(2), np.zeros(2, int), "whole class ids"),
        ("regression", np.zeros((2, 2)), np.zeros(2), "1 dimension"),
        ("labels", np.zeros(2), np.zeros(2), "expected one of `classification`"),
    ],
)
def test_what_does_not_fit_is_refused(
    kind: str, train: np.ndarray, test: np.ndarray, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        baseline_scores(kind, train, test)


def test_too_few_classes_are_refused() -> None:
    with pytest.raises(DataError, match="below 2, the number of classes"):
        baseline_scores("classification", np.array([0, 2]), np.array([0]), classes="ab")
