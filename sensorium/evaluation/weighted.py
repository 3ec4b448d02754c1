"""Scores of weighted rows, fast enough for a thousand resamples.

Each function prepares what does not depend on the weights and returns a statistic:
weights of shape `(rows,)`, at least one above zero, to a value; NaN where the score is
not defined. With all weights 1 they equal scikit-learn's metrics, and with others
scikit-learn's with `sample_weight`; tests hold them against each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sensorium.evaluation.bootstrap import Statistic

NAN = float("nan")


def mean(values: np.ndarray) -> Statistic:
    """The mean of one number a row: accuracy, log loss, absolute error."""
    numbers = values.astype(np.float64)
    return lambda weights: _dot(weights, numbers) / float(weights.sum())


def root_mean(squares: np.ndarray) -> Statistic:
    """The root of the mean of one number a row."""
    average = mean(squares)
    return lambda weights: float(np.sqrt(average(weights)))


def balanced_accuracy(
    truth: np.ndarray, predicted: np.ndarray, num_classes: int
) -> Statistic:
    """The mean over the classes that occur of the share that was found."""
    right = truth == predicted

    def statistic(weights: np.ndarray) -> float:
        totals = np.bincount(truth, weights, num_classes)
        hits = np.bincount(truth, weights * right, num_classes)
        return float(np.mean(hits[totals > 0] / totals[totals > 0]))

    return statistic


def macro_f1(truth: np.ndarray, predicted: np.ndarray, num_classes: int) -> Statistic:
    """The mean of F1 over the classes that occur or are predicted."""
    right = truth == predicted

    def statistic(weights: np.ndarray) -> float:
        hits = np.bincount(truth, weights * right, num_classes)
        both = np.bincount(truth, weights, num_classes)
        both += np.bincount(predicted, weights, num_classes)
        return float(np.mean(2 * hits[both > 0] / both[both > 0]))

    return statistic


def micro_f1(truth: np.ndarray, predicted: np.ndarray) -> Statistic:
    """F1 over all flags of all rows; both arguments are boolean `(rows, flags)`."""
    hits = (truth & predicted).sum(axis=1).astype(np.float64)
    both = truth.sum(axis=1) + predicted.sum(axis=1).astype(np.float64)

    def statistic(weights: np.ndarray) -> float:
        total = _dot(weights, both)
        return 2 * _dot(weights, hits) / total if total > 0 else NAN

    return statistic


def auc(positive: np.ndarray, score: np.ndarray) -> Statistic:
    """The area under the ROC curve: how often a positive row ranks above another."""
    order = np.argsort(score, kind="stable")
    truth = positive[order].astype(np.float64)
    ties = _ties(score[order])

    def statistic(weights: np.ndarray) -> float:
        ranked = weights[order]
        hits = ranked * truth
        others = ranked - hits
        if ties is not None:
            hits, others = np.add.reduceat(hits, ties), np.add.reduceat(others, ties)
        pairs = float(hits.sum() * others.sum())
        below = np.cumsum(others) - others / 2  # a tie counts half
        return _dot(hits, below) / pairs if pairs > 0 else NAN

    return statistic


def average_precision(positive: np.ndarray, score: np.ndarray) -> Statistic:
    """The mean over positive rows of the precision at their score."""
    order = np.argsort(-score, kind="stable")
    truth = positive[order].astype(np.float64)
    ties = _ties(score[order])

    def statistic(weights: np.ndarray) -> float:
        ranked = weights[order]
        hits = ranked * truth
        if ties is not None:
            hits, ranked = np.add.reduceat(hits, ties), np.add.reduceat(ranked, ties)
        total = float(hits.sum())
        if total <= 0:
            return NAN
        shown = np.maximum(np.cumsum(ranked), 1e-300)  # rows before may weigh nothing
        return _dot(hits, np.cumsum(hits) / shown) / total

    return statistic


def mean_of(statistics: Sequence[Statistic]) -> Statistic:
    """The mean of the statistics that are defined for these weights."""

    def statistic(weights: np.ndarray) -> float:
        values = np.array([each(weights) for each in statistics])
        defined = values[~np.isnan(values)]
        return float(defined.mean()) if len(defined) else NAN

    return statistic


def r2(truth: np.ndarray, predicted: np.ndarray) -> Statistic:
    """The share of the variance that is explained; below zero is worse than none."""
    centred = truth - truth.mean()  # keeps the digits where the mean is far from zero
    squares, errors = centred**2, (truth - predicted) ** 2

    def statistic(weights: np.ndarray) -> float:
        average = _dot(weights, centred) / float(weights.sum())
        variance = _dot(weights, (centred - average) ** 2)
        # All drawn labels equal: what is left then is only rounding.
        if variance <= 1e-20 * _dot(weights, squares):
            return NAN
        return 1 - _dot(weights, errors) / variance

    return statistic


def _ties(ranked: np.ndarray) -> np.ndarray | None:
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    return None if len(starts) == len(ranked) else starts


def _dot(left: np.ndarray, right: np.ndarray) -> float:
    # Not `left @ right`: BLAS starts threads for it, which wait for each other on a
    # busy machine (measured: 4 ms instead of 7 microseconds for 20,000 rows).
    return float(np.einsum("i,i->", left, right))
