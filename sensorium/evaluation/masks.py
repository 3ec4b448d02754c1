"""Scores of masks: how well the pixels of each class are found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensorium.evaluation import weighted
from sensorium.evaluation.bootstrap import Statistic
from sensorium.evaluation.measures import Measure


@dataclass(frozen=True)
class Overlaps:
    """Pixels of every row and class, among those with a label.

    Args:
        both: How many are of the class and predicted so, `(rows, classes)`.
        true: How many are of the class.
        found: How many are predicted so.
    """

    both: np.ndarray
    true: np.ndarray
    found: np.ndarray

    @property
    def either(self) -> np.ndarray:
        """How many are of the class, or predicted so, or both."""
        total: np.ndarray = self.true + self.found - self.both
        return total


def masks(
    truth: np.ndarray, predicted: np.ndarray, background: int | None
) -> list[Measure]:
    """Scores of class ids `(rows, height, width)`; -1 in the truth is no label.

    `iou` and `dice` of a row are means over the classes that it has or that are
    predicted in it, the background left out, and 1 where there are none; the scores are
    the means over the rows. `class_iou` counts the pixels of all rows together and is
    the mean over all classes (Everingham et al. 2010, The Pascal Visual Object Classes
    Challenge, section 4.2.3); `pixel_accuracy` is the share of right pixels.
    """
    counts = overlaps(truth, predicted)
    iou = _by_row(counts.both, counts.either, background)
    dice = _by_row(2 * counts.both, counts.true + counts.found, background)
    ones, whole, right = np.ones(len(truth)), _classes(counts), _pixels(counts)
    return [
        Measure("iou", float(iou.mean()), weighted.mean(iou)),
        Measure("dice", float(dice.mean()), weighted.mean(dice)),
        Measure("class_iou", whole(ones), whole, cost=counts.both.shape[1]),
        Measure("pixel_accuracy", right(ones), right),
    ]


def overlaps(truth: np.ndarray, predicted: np.ndarray) -> Overlaps:
    """Counts the pixels of every row and class.

    Args:
        truth: Class ids `(rows, height, width)`; below 0 is no label.
        predicted: Class ids.
    """
    classes = int(max(truth.max(initial=0), predicted.max(initial=0))) + 1
    known = truth >= 0
    counts = np.zeros((3, len(truth), classes))
    for at in range(classes):
        true, found = truth == at, (predicted == at) & known
        for number, pixels in enumerate((true & found, true, found)):
            counts[number, :, at] = pixels.sum(axis=(1, 2))
    return Overlaps(*counts)


def _by_row(hits: np.ndarray, total: np.ndarray, background: int | None) -> np.ndarray:
    """The mean ratio over a row's classes, which have any pixels at all."""
    counted = total > 0
    if background is not None and background < counted.shape[1]:
        counted[:, background] = False
    ratios = np.where(counted, hits / np.maximum(total, 1), 0.0).sum(axis=1)
    number = counted.sum(axis=1)
    found: np.ndarray = np.where(number > 0, ratios / np.maximum(number, 1), 1.0)
    return found


def _classes(counts: Overlaps) -> Statistic:
    both, either = counts.both, counts.either

    def statistic(weights: np.ndarray) -> float:
        total = weights @ either
        return float(np.mean((weights @ both)[total > 0] / total[total > 0]))

    return statistic


def _pixels(counts: Overlaps) -> Statistic:
    right, labelled = counts.both.sum(axis=1), counts.true.sum(axis=1)
    return lambda weights: float((weights @ right) / (weights @ labelled))
