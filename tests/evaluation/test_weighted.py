"""Statistics of weighted rows against scikit-learn's metrics with sample weights."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from sensorium.evaluation import weighted

CASES = range(60)


def _case(seed: int) -> tuple[np.random.Generator, int, np.ndarray]:
    generator = np.random.default_rng(seed)
    rows = int(generator.integers(2, 60))
    weights = generator.integers(0, 4, rows).astype(float)
    weights[generator.integers(rows)] = 1.0
    return generator, rows, weights


def _scores(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    # One decimal gives many ties, sixteen give none.
    return np.round(generator.random(shape), int(generator.choice([1, 2, 16])))


@pytest.mark.parametrize("seed", CASES)
def test_class_statistics_equal_scikit_learn(seed: int) -> None:
    generator, rows, weights = _case(seed)
    number = int(generator.integers(2, 6))
    truth, predicted = generator.integers(number, size=(2, rows))
    drawn = weights > 0
    present = np.unique(truth[drawn])
    both = np.union1d(present, predicted[drawn])
    f1 = metrics.f1_score(
        truth,
        predicted,
        labels=both,
        average="macro",
        sample_weight=weights,
        zero_division=0,
    )
    recall = metrics.recall_score(
        truth,
        predicted,
        labels=present,
        average="macro",
        sample_weight=weights,
        zero_division=0,
    )
    accuracy = metrics.accuracy_score(truth, predicted, sample_weight=weights)
    assert weighted.mean(truth == predicted)(weights) == pytest.approx(accuracy)
    assert weighted.macro_f1(truth, predicted, number)(weights) == pytest.approx(f1)
    found = weighted.balanced_accuracy(truth, predicted, number)(weights)
    assert found == pytest.approx(recall)


@pytest.mark.parametrize("seed", CASES)
def test_ranking_statistics_equal_scikit_learn(seed: int) -> None:
    generator, rows, weights = _case(seed)
    positive = generator.random(rows) < 0.4
    score = _scores(generator, (rows,))
    area = weighted.auc(positive, score)(weights)
    precision = weighted.average_precision(positive, score)(weights)
    drawn = weights > 0
    if len(np.unique(positive[drawn])) < 2:
        assert np.isnan(area)
    else:
        expected = metrics.roc_auc_score(positive, score, sample_weight=weights)
        assert area == pytest.approx(expected, abs=1e-12)
    if not positive[drawn].any():
        assert np.isnan(precision)
    else:
        expected = metrics.average_precision_score(
            positive, score, sample_weight=weights
        )
        assert precision == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", CASES)
def test_number_statistics_equal_scikit_learn(seed: int) -> None:
    generator, rows, weights = _case(seed)
    truth = generator.normal(generator.choice([0.0, 1e6]), 1.0, rows)
    predicted = truth + generator.normal(size=rows)
    absolute = metrics.mean_absolute_error(truth, predicted, sample_weight=weights)
    squared = metrics.mean_squared_error(truth, predicted, sample_weight=weights)
    error = truth - predicted
    assert weighted.mean(np.abs(error))(weights) == pytest.approx(absolute)
    assert weighted.root_mean(error**2)(weights) == pytest.approx(squared**0.5)
    share = weighted.r2(truth, predicted)(weights)
    if len(np.unique(truth[weights > 0])) < 2:
        assert np.isnan(share)
    else:
        # scikit-learn leaves rows out itself: weights of zero change its mean's bits
        kept = weights > 0
        expected = metrics.r2_score(
            truth[kept], predicted[kept], sample_weight=weights[kept]
        )
        assert share == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", CASES)
def test_flag_statistics_equal_scikit_learn(seed: int) -> None:
    generator, rows, weights = _case(seed)
    flags = int(generator.integers(1, 5))
    truth = generator.random((rows, flags)) < 0.4
    predicted = generator.random((rows, flags)) < 0.4
    found = weighted.micro_f1(truth, predicted)(weights)
    drawn = weights > 0
    if not (truth[drawn].any() or predicted[drawn].any()):
        assert np.isnan(found)
        return
    repeated = np.repeat(weights, flags)
    expected = metrics.f1_score(
        truth.ravel(), predicted.ravel(), sample_weight=repeated, zero_division=0
    )
    assert found == pytest.approx(expected)


def test_equal_drawn_labels_leave_r2_undefined_whatever_their_size() -> None:
    for value in (0.1, 1e-9, 123456.789, 1e12):
        truth = np.array([value, value, value, value + 1.0])
        statistic = weighted.r2(truth, truth + 0.5)
        assert np.isnan(statistic(np.array([2.0, 1.0, 1.0, 0.0])))
        assert not np.isnan(statistic(np.ones(4)))


def test_a_mean_of_statistics_leaves_out_the_undefined_ones() -> None:
    never, half = (lambda weights: float("nan")), (lambda weights: 0.5)
    assert weighted.mean_of([never, half])(np.ones(2)) == 0.5
    assert np.isnan(weighted.mean_of([never])(np.ones(2)))
