"""Scores of ordered classes: how far predictions are away, not only whether."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn import metrics

from sensorium.evaluation import weighted
from sensorium.evaluation.bootstrap import Statistic
from sensorium.evaluation.measures import Measure


def ranks(
    truth: np.ndarray,
    probability: np.ndarray,
    log_loss: Callable[[np.ndarray, np.ndarray], Measure],
) -> list[Measure]:
    """Scores of ordered class ids `(rows,)` and probabilities `(rows, classes)`.

    The most probable class is predicted. `rank_error` is the mean number of classes
    between it and the label, `kappa` scikit-learn's Cohen's kappa with quadratic
    weights: 0 is what chance gives, 1 is perfect.

    Args:
        truth: The labels.
        probability: The predictions.
        log_loss: The measure of probabilities.
    """
    predicted = probability.argmax(axis=1)
    return [
        Measure(
            "accuracy",
            float(metrics.accuracy_score(truth, predicted)),
            weighted.mean(truth == predicted),
        ),
        Measure(
            "rank_error",
            float(metrics.mean_absolute_error(truth, predicted)),
            weighted.mean(np.abs(truth - predicted)),
            higher_is_better=False,
        ),
        _kappa(truth, predicted, probability.shape[1]),
        log_loss(truth, probability),
    ]


def _kappa(truth: np.ndarray, predicted: np.ndarray, number: int) -> Measure:
    if len(np.unique([truth, predicted])) < 2:
        text = "all labels and predictions are of one class"
        return Measure("kappa", None, None, reason=text)
    value = metrics.cohen_kappa_score(
        truth, predicted, labels=np.arange(number), weights="quadratic"
    )
    return Measure("kappa", float(value), quadratic_kappa(truth, predicted))


def quadratic_kappa(truth: np.ndarray, predicted: np.ndarray) -> Statistic:
    """Cohen's kappa with quadratic weights, of weighted rows.

    Args:
        truth: Class ids.
        predicted: Class ids.
    """
    one, two = truth.astype(np.float64), predicted.astype(np.float64)
    moments = [weighted.mean(v) for v in ((one - two) ** 2, one**2 + two**2, one, two)]

    def statistic(weights: np.ndarray) -> float:
        apart, squares, first, second = (moment(weights) for moment in moments)
        by_chance = squares - 2 * first * second
        return 1 - apart / by_chance if by_chance > 0 else weighted.NAN

    return statistic
