from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from sensorium.evaluation import baseline_scores, score_output
from sensorium.evaluation.ranks import quadratic_kappa


def test_scores_by_hand() -> None:
    truth = np.array([0, 2, 1, -1])
    shares = np.array([[0.8, 0.2, 0], [0.2, 0.6, 0.2], [0, 1, 0], [1, 0, 0]])
    found = {s.name: s for s in score_output("ordinal", truth, {"probability": shares})}
    assert list(found) == ["accuracy", "rank_error", "kappa", "log_loss"]
    assert found["accuracy"].value == pytest.approx(2 / 3)
    assert found["rank_error"].value == pytest.approx(1 / 3)
    assert found["rank_error"].rows == 3
    assert not found["rank_error"].higher_is_better
    # Squares: 1 / 3 observed; by chance 1, over all pairs of (0, 2, 1) and (0, 1, 1).
    assert found["kappa"].value == pytest.approx(1 - 1 / 3)


def test_kappa_of_weighted_rows_is_scikit_learns() -> None:
    draw = np.random.default_rng(0)
    truth, guess = draw.integers(0, 5, (2, 40))
    weights = draw.integers(0, 4, 40)
    expected = cohen_kappa_score(
        np.repeat(truth, weights), np.repeat(guess, weights), weights="quadratic"
    )
    found = quadratic_kappa(truth, guess)(weights.astype(float))
    assert found == pytest.approx(expected)
    assert np.isnan(quadratic_kappa(truth * 0, guess * 0)(np.ones(40)))


def test_one_class_has_no_kappa() -> None:
    found = score_output(
        "ordinal", np.array([1, 1]), {"probability": np.eye(2)[[1, 1]]}
    )
    assert found[2].value is None
    assert "one class" in found[2].reason


def test_the_baseline_answers_the_largest_class_and_for_ranks_the_middle_one() -> None:
    train = np.array([0, 0, 0, 1, 1, 2, 2])
    found = baseline_scores("ordinal", train, train, classes=["a", "b", "c", "d"])
    scores = {score.name: score.value for score in found}
    assert scores["accuracy"] == pytest.approx(3 / 7)
    assert scores["rank_error"] == pytest.approx(5 / 7)
    assert scores["kappa"] == pytest.approx(0.0)
