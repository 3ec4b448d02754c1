"""Scores of quantiles: how near they are, and whether they cover what they promise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from sklearn import metrics

from sensorium.evaluation import weighted
from sensorium.evaluation.bootstrap import Statistic
from sensorium.evaluation.measures import Measure


def quantiles(
    truth: np.ndarray, predicted: np.ndarray, names: Sequence[str]
) -> list[Measure]:
    """Scores of predicted quantiles.

    `pinball` is the mean of scikit-learn's pinball loss over the quantiles, in the
    user's units. `coverage` is the share of labels from the lowest to the highest
    quantile; `reason` says which share would be right. `calibration_error` is the mean
    over the quantiles q of the distance between q and the share of labels that are not
    above. `mae` is that of the quantile nearest to the median.

    Args:
        truth: The labels, `(rows,)`.
        predicted: The quantiles in rising order, `(rows, quantiles)`.
        names: What they are called: `q10` for 0.1.
    """
    levels = [level_of(name) for name in names]
    apart = truth[:, None] - predicted
    losses = np.maximum(np.array(levels) * apart, (np.array(levels) - 1) * apart)
    each = [
        metrics.mean_pinball_loss(truth, predicted[:, at], alpha=level)
        for at, level in enumerate(levels)
    ]
    below = (apart <= 0).astype(np.float64)
    calibration = _calibration(below, levels)
    middle = int(np.abs(np.array(levels) - 0.5).argmin())
    return [
        _lower("pinball", float(np.mean(each)), weighted.mean(losses.mean(axis=1))),
        _coverage(truth, predicted, levels),
        _lower(
            "calibration_error",
            calibration(np.ones(len(truth))),
            calibration,
            cost=len(levels),
        ),
        _lower(
            "mae",
            float(metrics.mean_absolute_error(truth, predicted[:, middle])),
            weighted.mean(np.abs(apart[:, middle])),
        ),
    ]


def quantile_names(names: Iterable[str]) -> list[str]:
    """Those of some names that are quantiles, in rising order.

    Args:
        names: Names such as `q2.5`, for the quantile 0.025.
    """
    return sorted((name for name in names if is_quantile(name)), key=level_of)


def is_quantile(name: str) -> bool:
    """Whether a name is that of a quantile."""
    digits = name.removeprefix("q").replace(".", "", 1)
    return name.startswith("q") and digits.isascii() and digits.isdigit()


def level_of(name: str) -> float:
    """The quantile of a name, between 0 and 1."""
    return float(name.removeprefix("q")) / 100


def _coverage(
    truth: np.ndarray, predicted: np.ndarray, levels: Sequence[float]
) -> Measure:
    if len(levels) < 2:
        text = "there is one quantile only"
        return Measure("coverage", None, None, reason=text)
    inside = (truth >= predicted[:, 0]) & (truth <= predicted[:, -1])
    reason = f"{levels[-1] - levels[0]:.3g} would be right"
    statistic = weighted.mean(inside)
    return Measure("coverage", float(inside.mean()), statistic, reason=reason)


def _lower(
    name: str, value: float, statistic: Statistic | None, cost: int = 1
) -> Measure:
    return Measure(name, value, statistic, higher_is_better=False, cost=cost)


def _calibration(below: np.ndarray, levels: Sequence[float]) -> Statistic:
    shares = [weighted.mean(column) for column in below.T]

    def statistic(weights: np.ndarray) -> float:
        pairs = zip(shares, levels, strict=True)
        return float(np.mean([abs(share(weights) - level) for share, level in pairs]))

    return statistic
