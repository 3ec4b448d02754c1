"""Which scores an output has: its value by scikit-learn, its statistic for intervals.

One function a kind of output. Each is given at least one row, all with labels and
predictions, already checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn import metrics

from sensorium.errors import listing
from sensorium.evaluation import weighted
from sensorium.evaluation.bootstrap import Statistic

THRESHOLD = 0.5
"""A flag is predicted where its probability is above this."""


@dataclass(frozen=True)
class Measure:
    """One score of one output.

    Args:
        name: The score's name.
        value: Its value on the rows; `None` where it is not defined.
        statistic: The same score of weighted rows.
        higher_is_better: Whether a larger value is a better one.
        cost: How many times the statistic visits every row.
        reason: Why there is no value, or what the value leaves out.
    """

    name: str
    value: float | None
    statistic: Statistic | None
    higher_is_better: bool = True
    cost: int = 1
    reason: str = ""


NAMES = {
    "classification": ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "auc"),
    "regression": ("r2", "mae", "rmse"),
    "flags": ("micro_f1", "average_precision", "exact_match"),
    "box": ("iou", "mae"),
    "quantiles": ("pinball", "coverage", "calibration_error", "mae"),
    "ordinal": ("accuracy", "rank_error", "kappa", "log_loss"),
    "segmentation": ("iou", "dice", "class_iou", "pixel_accuracy"),
}
"""The scores of each kind of output, in the order in which they are shown."""

LOWER_IS_BETTER = (
    "log_loss",
    "mae",
    "rmse",
    "pinball",
    "calibration_error",
    "rank_error",
)


def classification(
    truth: np.ndarray, probability: np.ndarray, classes: Sequence[str]
) -> list[Measure]:
    """Scores of class ids `(rows,)` and probabilities `(rows, classes)`."""
    predicted = probability.argmax(axis=1)
    present, number = np.unique(truth), probability.shape[1]
    both = np.union1d(present, predicted)
    recall = metrics.recall_score(
        truth, predicted, labels=present, average="macro", zero_division=0
    )
    f1 = metrics.f1_score(
        truth, predicted, labels=both, average="macro", zero_division=0
    )
    return [
        Measure(
            "accuracy",
            float(metrics.accuracy_score(truth, predicted)),
            weighted.mean(truth == predicted),
        ),
        Measure(
            "balanced_accuracy",
            float(recall),
            weighted.balanced_accuracy(truth, predicted, number),
        ),
        Measure("macro_f1", float(f1), weighted.macro_f1(truth, predicted, number)),
        log_loss(truth, probability),
        _auc(truth, probability, classes),
    ]


def regression(truth: np.ndarray, predicted: np.ndarray) -> list[Measure]:
    """Scores of numbers, both of shape `(rows,)`."""
    error = truth - predicted
    squared = float(metrics.mean_squared_error(truth, predicted))
    return [
        _r2(truth, predicted),
        Measure(
            "mae",
            float(metrics.mean_absolute_error(truth, predicted)),
            weighted.mean(np.abs(error)),
            higher_is_better=False,
        ),
        Measure(
            "rmse",
            float(np.sqrt(squared)),
            weighted.root_mean(error**2),
            higher_is_better=False,
        ),
    ]


def flags(
    truth: np.ndarray, probability: np.ndarray, names: Sequence[str]
) -> list[Measure]:
    """Scores of flags: boolean and probabilities, both `(rows, flags)`."""
    predicted = probability > THRESHOLD
    exact = (truth == predicted).all(axis=1)
    return [
        _micro_f1(truth, predicted),
        _average_precision(truth, probability, names),
        Measure("exact_match", float(exact.mean()), weighted.mean(exact)),
    ]


def log_loss(truth: np.ndarray, probability: np.ndarray) -> Measure:
    """The mean negative log of the label's probability, for `(rows, classes)`."""
    number = probability.shape[1]
    if number < 2:
        text = "there is one class only"
        return Measure("log_loss", None, None, higher_is_better=False, reason=text)
    # Only here: dividing would part rows that are level, and `auc` counts those.
    probability = probability / probability.sum(axis=1, keepdims=True)
    value = metrics.log_loss(truth, probability, labels=np.arange(number))
    tiny = np.finfo(np.float64).eps  # as scikit-learn: a probability of 0 is not 0
    losses = -np.log(np.clip(probability[np.arange(len(truth)), truth], tiny, 1 - tiny))
    return Measure(
        "log_loss", float(value), weighted.mean(losses), higher_is_better=False
    )


def _auc(truth: np.ndarray, probability: np.ndarray, classes: Sequence[str]) -> Measure:
    ids = [1] if probability.shape[1] == 2 else range(probability.shape[1])
    positives = {index: truth == index for index in ids}
    defined = [i for i, found in positives.items() if found.any() and not found.all()]
    if not defined:
        text = f"all labelled rows are of one class, {classes[truth[0]]}"
        return Measure("auc", None, None, reason=text)
    values = [metrics.roc_auc_score(positives[i], probability[:, i]) for i in defined]
    statistics = [weighted.auc(positives[i], probability[:, i]) for i in defined]
    return Measure(
        "auc",
        float(np.mean(values)),
        weighted.mean_of(statistics),
        cost=len(defined),
        reason=_without([classes[i] for i in ids if i not in defined]),
    )


def _r2(truth: np.ndarray, predicted: np.ndarray) -> Measure:
    if (truth == truth[0]).all():
        text = f"all labels are equal, {truth[0]:g}"
        return Measure("r2", None, None, reason=text)
    value = float(metrics.r2_score(truth, predicted))
    return Measure("r2", value, weighted.r2(truth, predicted))


def _micro_f1(truth: np.ndarray, predicted: np.ndarray) -> Measure:
    if not (truth.any() or predicted.any()):
        return Measure("micro_f1", None, None, reason="no flag is set or predicted")
    value = metrics.f1_score(truth.ravel(), predicted.ravel(), zero_division=0)
    return Measure("micro_f1", float(value), weighted.micro_f1(truth, predicted))


def _average_precision(
    truth: np.ndarray, probability: np.ndarray, names: Sequence[str]
) -> Measure:
    pairs = list(zip(truth.T, probability.T, strict=True))
    defined = [i for i, (positive, _) in enumerate(pairs) if positive.any()]
    if not defined:
        return Measure("average_precision", None, None, reason="no flag is set")
    values = [metrics.average_precision_score(*pairs[i]) for i in defined]
    return Measure(
        "average_precision",
        float(np.mean(values)),
        weighted.mean_of([weighted.average_precision(*pairs[i]) for i in defined]),
        cost=len(defined),
        reason=_without([names[i] for i in range(len(pairs)) if i not in defined]),
    )


def _without(names: Sequence[str]) -> str:
    return f"without {listing(names)}: no labelled row has it" if names else ""
