"""Scores of boxes: how much they overlap, and how far their corners are apart."""

from __future__ import annotations

import numpy as np
from sklearn import metrics

from sensorium.evaluation import weighted
from sensorium.evaluation.measures import Measure


def boxes(truth: np.ndarray, predicted: np.ndarray) -> list[Measure]:
    """Scores of corners x0, y0, x1, y1, both `(rows, 4)`.

    `iou` is the mean over the rows of intersection over union; two boxes without area
    have none. `mae` is scikit-learn's mean absolute error of all four numbers.
    """
    ratios = overlaps(truth, predicted)
    return [
        Measure("iou", float(ratios.mean()), weighted.mean(ratios)),
        Measure(
            "mae",
            float(metrics.mean_absolute_error(truth, predicted)),
            weighted.mean(np.abs(truth - predicted).mean(axis=1)),
            higher_is_better=False,
        ),
    ]


def overlaps(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Intersection over union of pairs of boxes, `(rows,)`.

    Args:
        one: Corners `(rows, 4)`.
        two: Corners `(rows, 4)`.
    """
    low = np.maximum(one[:, :2], two[:, :2])
    high = np.minimum(one[:, 2:], two[:, 2:])
    inside = _area(low, high)
    union = _area(one[:, :2], one[:, 2:]) + _area(two[:, :2], two[:, 2:]) - inside
    ratios: np.ndarray = inside / np.where(union > 0, union, 1.0)
    return ratios


def _area(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    area: np.ndarray = np.prod(np.maximum(high - low, 0.0), axis=1)
    return area
