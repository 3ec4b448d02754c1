"""Naive scores: what one reaches without looking at any input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.evaluation.quantiles import level_of
from sensorium.evaluation.scores import Score, check_kind, score_output


def baseline_scores(
    kind: str,
    train_truth: np.ndarray,
    test_truth: np.ndarray,
    *,
    classes: Sequence[object] | None = None,
    seed: int = 0,
    resamples: int = 1000,
    group: np.ndarray | None = None,
    background: int | None = None,
) -> list[Score]:
    """Scores the best constant answer, so that a score stands beside a naive one.

    The constant comes from the training labels alone: the share of each class (so the
    largest class for accuracy and F1), the share of each flag, the median for `mae` and
    the mean for `r2`, `rmse` and the `iou` of boxes, each quantile of the labels, and
    the middle class for `rank_error`. Of masks it is the most frequent class of each
    pixel.

    Args:
        kind: As in `score_output`.
        train_truth: Labels of the training rows, absent ones as in `score_output`.
        test_truth: Labels of the rows that are scored.
        classes: The classes, or the names of the quantiles (`q10`); without them there
            is one class more than the largest id in the labels.
        seed: As in `score_output`; the same seed gives the same resamples.
        resamples: As in `score_output`.
        group: As in `score_output`, one id for each row of `test_truth`.
        background: As in `score_output`.

    Raises:
        DataError: If no training row has a label, or the labels do not fit the kind.
    """
    check_kind(kind)
    train, test = np.asarray(train_truth), np.asarray(test_truth)
    options = {"seed": seed, "resamples": resamples, "group": group}
    if kind == "classification":
        shares = _class_shares(train, test, classes)
        return _constant(kind, test, "probability", shares, options)
    if kind == "ordinal":
        return _ranks(train, test, classes, options)
    if kind == "quantiles":
        return _quantiles(_labelled(train, 1), test, classes or (), options)
    if kind == "segmentation":
        usual = _usual_mask(train)
        options["background"] = background
        return _constant(kind, test, "id", usual, options)
    if kind == "flags":
        shares = _labelled(train, 2).mean(axis=0)
        return _constant(kind, test, "probability", shares, options)
    rank, name = (2, "box") if kind == "box" else (1, "value")
    labels = _labelled(train, rank)
    by_median = _constant(kind, test, name, np.median(labels, axis=0), options)
    by_mean = _constant(kind, test, name, np.mean(labels, axis=0), options)
    # The median is best for absolute errors, the mean for squared ones.
    return [
        median if median.name == "mae" else mean
        for median, mean in zip(by_median, by_mean, strict=True)
    ]


def _constant(
    kind: str,
    test: np.ndarray,
    name: str,
    value: np.ndarray | np.floating[Any],
    options: dict[str, Any],
) -> list[Score]:
    row = np.asarray(value)[None]
    row = row if kind == "segmentation" else row.astype(np.float64)
    return score_output(
        kind, test, {name: np.repeat(row, len(test), axis=0)}, **options
    )


def _ranks(
    train: np.ndarray,
    test: np.ndarray,
    classes: Sequence[object] | None,
    options: dict[str, Any],
) -> list[Score]:
    shares = _class_shares(train, test, classes)
    middle = np.eye(len(shares))[int(np.searchsorted(np.cumsum(shares), 0.5))]
    by_shares = _constant("ordinal", test, "probability", shares, options)
    by_middle = _constant("ordinal", test, "probability", middle, options)
    # No constant is less ranks away than the middle one.
    return [
        by_middle[at] if score.name == "rank_error" else score
        for at, score in enumerate(by_shares)
    ]


def _quantiles(
    labels: np.ndarray,
    test: np.ndarray,
    classes: Sequence[object],
    options: dict[str, Any],
) -> list[Score]:
    constant = {
        name: np.full(len(test), np.quantile(labels, level_of(name)))
        for name in map(str, classes)
    }
    return score_output("quantiles", test, constant, **options)


def _class_shares(
    train: np.ndarray, test: np.ndarray, classes: Sequence[object] | None
) -> np.ndarray:
    for labels in (train, test):
        if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
            text = "expected whole class ids of shape (rows,), -1 where absent"
            raise DataError(sentence("truth", text, f"{labels.dtype} {labels.shape}"))
    known = train[train >= 0]
    if not len(known):
        raise _no_labels()
    largest = int(max(known.max(), test.max(initial=-1)))
    number = largest + 1 if classes is None else len(classes)
    if largest >= number:
        text = f"expected class ids below {number}, the number of classes"
        raise DataError(sentence("truth", text, largest))
    return np.bincount(known, minlength=number) / len(known)


def _usual_mask(train: np.ndarray) -> np.ndarray:
    """The most frequent class of each pixel; of the whole where one has no label."""
    if train.ndim != 3 or not np.issubdtype(train.dtype, np.integer):
        text = "expected whole class ids of shape (rows, height, width)"
        raise DataError(sentence("train_truth", text, f"{train.dtype} {train.shape}"))
    classes = int(train.max(initial=-1)) + 1
    if not classes:
        raise _no_labels()
    counts = np.stack([(train == at).sum(axis=0) for at in range(classes)])
    overall = int(counts.sum(axis=(1, 2)).argmax())
    usual: np.ndarray = np.where(counts.any(axis=0), counts.argmax(axis=0), overall)
    return usual


def _labelled(train: np.ndarray, rank: int) -> np.ndarray:
    if train.ndim != rank or train.dtype.kind not in "bfiu":
        text = f"expected numbers in {rank} dimension(s), NaN where absent"
        raise DataError(sentence("train_truth", text, f"{train.dtype} {train.shape}"))
    labels = train.astype(np.float64)
    labels = labels[~np.isnan(labels)] if rank == 1 else _full(labels)
    if not len(labels):
        raise _no_labels()
    return labels


def _full(labels: np.ndarray) -> np.ndarray:
    kept: np.ndarray = labels[~np.isnan(labels).any(axis=1)]
    return kept


def _no_labels() -> DataError:
    return DataError(sentence("train_truth", "no training row has a label"))
