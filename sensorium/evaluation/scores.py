"""Scores of one output, each with its 95 % interval and the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensorium.errors import DataError, listing, near, sentence
from sensorium.evaluation import measures
from sensorium.evaluation.bootstrap import Interval, intervals
from sensorium.evaluation.boxes import boxes
from sensorium.evaluation.masks import masks
from sensorium.evaluation.measures import Measure
from sensorium.evaluation.quantiles import quantile_names, quantiles
from sensorium.evaluation.ranks import ranks

LARGEST = 1e150
"""Numbers beyond this have no finite square."""

SLACK = 0.01
"""Probabilities may miss 0, 1 and their sum of 1 by this (half precision)."""


@dataclass(frozen=True)
class Score:
    """One score of one output.

    Args:
        name: The score's name, e.g. `accuracy`.
        value: Its value; `None` where it is not defined, `reason` says why.
        low: Lower end of the 95 % interval; `None` where there is none.
        high: Upper end of the 95 % interval; `None` where there is none.
        rows: How many rows were scored: labelled and predicted.
        higher_is_better: Whether a larger value is a better one.
        unpredicted: Labelled rows without a prediction; they are not in `rows`.
        resamples: How many resamples the interval rests on.
        left_out: How many resamples had no such score, e.g. held one class only.
        reason: Why value or interval is missing, or which classes are not in it.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    rows: int
    higher_is_better: bool
    unpredicted: int = 0
    resamples: int = 0
    left_out: int = 0
    reason: str = ""


@dataclass(frozen=True)
class _Rows:
    """The rows that can be scored, and how many labelled ones cannot."""

    truth: np.ndarray
    prediction: np.ndarray
    kept: np.ndarray
    unpredicted: int


def score_output(
    kind: str,
    truth: np.ndarray,
    prediction: Mapping[str, np.ndarray],
    *,
    classes: Sequence[object] | None = None,
    seed: int = 0,
    resamples: int = 1000,
    group: np.ndarray | None = None,
    background: int | None = None,
) -> list[Score]:
    """Scores the predictions of one output, with 95 % bootstrap intervals.

    `classification`: truth holds ids `(rows,)`, -1 where absent; the prediction holds
    `probability` `(rows, classes)`. Scores: accuracy, balanced_accuracy, macro_f1,
    log_loss, auc.

    `regression`: truth holds numbers `(rows,)`, NaN where absent; the prediction holds
    `value` `(rows,)`. Scores: r2, mae, rmse.

    `flags`: truth holds 0 and 1 `(rows, flags)`, a row with a NaN is absent; the
    prediction holds `probability` `(rows, flags)`. Scores: micro_f1,
    average_precision, exact_match. A flag is predicted above 0.5.

    `box`: truth holds corners x0, y0, x1, y1 `(rows, 4)`, a row with a NaN is absent;
    the prediction holds `box` `(rows, 4)`, corners too. Scores: iou, mae.

    `segmentation`: truth holds class ids `(rows, height, width)`, -1 for a pixel
    without a label; the prediction holds `id`, of the same shape, and may hold
    `confidence` `(rows,)`, NaN where there is no prediction. Scores: iou, dice,
    class_iou, pixel_accuracy, see `sensorium.evaluation.masks.masks`.

    `quantiles`: truth holds numbers `(rows,)`, NaN where absent; the prediction holds
    an array `(rows,)` for each quantile, `q10` for 0.1. Scores: pinball, coverage,
    calibration_error, mae, see `sensorium.evaluation.quantiles.quantiles`.

    `ordinal`: as `classification`, with ids in the order of the classes. Scores:
    accuracy, rank_error, kappa, log_loss, see `sensorium.evaluation.ranks.ranks`.

    Values are scikit-learn's. `auc` is that of class 1 for two classes, else the mean
    over the classes, each against the rest. `average_precision` is the mean over the
    flags. Both means leave out what no labelled row has, and `reason` says so.

    Args:
        kind: The word of the output's head: `classification`, `regression`, `flags` or
            `box`.
        truth: The labels. Rows without one are left out.
        prediction: What a head's `decode` gives. Rows of NaN have no prediction: they
            are left out and counted in `unpredicted`.
        classes: Names of the classes or flags, for `reason`.
        seed: Decides the resamples. Two calls with the same rows and seed share them.
        resamples: How many resamples an interval rests on; large tables get fewer, see
            `sensorium.evaluation.intervals`.
        group: One id a row; whole groups are resampled, not rows.
        background: Of masks, the id of the class that is no object.

    Raises:
        DataError: If kinds, shapes or values do not fit; nothing is guessed.
    """
    check_kind(kind)
    rows = _READERS[kind](np.asarray(truth), prediction)
    if not len(rows.truth):
        return _no_scores(kind, rows)
    if kind == "quantiles":
        classes = quantile_names(prediction)
    names = _names(classes, rows.prediction)
    found = _measure(kind, rows, names, background)
    chosen = None if group is None else _groups(group, rows)
    statistics = {m.name: m.statistic for m in found if m.statistic is not None}
    by_name = intervals(
        statistics,
        len(rows.truth),
        seed=seed,
        resamples=resamples,
        group=chosen,
        costs={measure.name: measure.cost for measure in found},
    )
    return [_score(each, by_name.get(each.name), rows) for each in found]


def check_kind(kind: str) -> None:
    """Refuses a kind of output that has no scores.

    Raises:
        DataError: With the nearest known kind.
    """
    if kind not in measures.NAMES:
        known = listing([f"`{name}`" for name in measures.NAMES])
        text = f"expected one of {known}"
        raise DataError(sentence("kind", text, kind, near(kind, measures.NAMES)))


def _measure(
    kind: str, rows: _Rows, names: Sequence[str], background: int | None
) -> list[Measure]:
    if kind == "classification":
        return measures.classification(rows.truth, rows.prediction, names)
    if kind == "flags":
        return measures.flags(rows.truth > 0, rows.prediction, names)
    if kind == "segmentation":
        return masks(rows.truth, rows.prediction, background)
    if kind == "quantiles":
        return quantiles(rows.truth, rows.prediction, names)
    if kind == "ordinal":
        return ranks(rows.truth, rows.prediction, measures.log_loss)
    if kind == "box":
        return boxes(rows.truth, rows.prediction)
    return measures.regression(rows.truth, rows.prediction)


def _score(measure: Measure, interval: Interval | None, rows: _Rows) -> Score:
    score = Score(
        measure.name,
        measure.value,
        None,
        None,
        len(rows.truth),
        measure.higher_is_better,
        unpredicted=rows.unpredicted,
        reason=measure.reason,
    )
    if interval is None:
        return score
    return replace(
        score,
        low=interval.low,
        high=interval.high,
        resamples=interval.resamples,
        left_out=interval.left_out,
        reason="; ".join(filter(None, [measure.reason, interval.reason])),
    )


def _no_scores(kind: str, rows: _Rows) -> list[Score]:
    reason = "no row has a label"
    if rows.unpredicted:
        reason = "no row with a label has a prediction"
    return [
        Score(
            name,
            None,
            None,
            None,
            0,
            higher_is_better=name not in measures.LOWER_IS_BETTER,
            unpredicted=rows.unpredicted,
            reason=reason,
        )
        for name in measures.NAMES[kind]
    ]


def _read_classes(truth: np.ndarray, prediction: Mapping[str, np.ndarray]) -> _Rows:
    if truth.ndim != 1 or not np.issubdtype(truth.dtype, np.integer):
        text = "expected whole class ids of shape (rows,), -1 where absent"
        raise DataError(sentence("truth", text, f"{truth.dtype} {truth.shape}"))
    found = _predicted(prediction, "probability", len(truth), 2)
    rows = _keep(truth, found, truth >= 0)
    _check_shares(rows.prediction)
    sums = rows.prediction.sum(axis=1)
    if (np.abs(sums - 1) > SLACK).any():
        wrong = float(sums[np.abs(sums - 1) > SLACK][0])
        text = "expected probabilities that add up to 1 in every row"
        raise DataError(sentence("probability", text, wrong))
    if rows.truth.max(initial=-1) >= found.shape[1]:
        text = f"expected class ids below {found.shape[1]}, the number of classes"
        raise DataError(sentence("truth", text, int(rows.truth.max())))
    return rows


def _read_numbers(truth: np.ndarray, prediction: Mapping[str, np.ndarray]) -> _Rows:
    truth = _labels(truth, 1)
    found = _predicted(prediction, "value", len(truth), 1)
    rows = _keep(truth, found, ~np.isnan(truth))
    _check_sizes(rows, "value")
    return rows


def _read_quantiles(truth: np.ndarray, prediction: Mapping[str, np.ndarray]) -> _Rows:
    truth = _labels(truth, 1)
    names = quantile_names(prediction)
    if not names:
        text = "expected an array for each quantile, e.g. `q50`"
        raise DataError(sentence("prediction", text, list(prediction)))
    columns = [_predicted(prediction, name, len(truth), 1) for name in names]
    rows = _keep(truth, np.stack(columns, axis=1), ~np.isnan(truth))
    _check_sizes(rows, "quantiles")
    return rows


def _read_boxes(truth: np.ndarray, prediction: Mapping[str, np.ndarray]) -> _Rows:
    truth = _labels(truth, 2)
    found = _predicted(prediction, "box", len(truth), 2)
    for name, values in (("truth", truth), ("box", found)):
        if values.shape[1] != 4:
            text = "expected the four numbers x0, y0, x1, y1 in each row"
            raise DataError(sentence(name, text, values.shape))
    rows = _keep(truth, found, ~np.isnan(truth).any(axis=1))
    _check_sizes(rows, "box")
    return rows


def _read_flags(truth: np.ndarray, prediction: Mapping[str, np.ndarray]) -> _Rows:
    truth = _labels(truth, 2)
    found = _predicted(prediction, "probability", len(truth), 2)
    if found.shape[1] != truth.shape[1]:
        text = f"expected {truth.shape[1]} flags, as the truth has"
        raise DataError(sentence("probability", text, found.shape[1]))
    rows = _keep(truth, found, ~np.isnan(truth).any(axis=1))
    if not np.isin(rows.truth, (0, 1)).all():
        wrong = float(rows.truth[~np.isin(rows.truth, (0, 1))][0])
        raise DataError(sentence("truth", "expected flags of 0 and 1", wrong))
    _check_shares(rows.prediction)
    return rows


def _read_masks(truth: np.ndarray, prediction: Mapping[str, np.ndarray]) -> _Rows:
    found = np.asarray(prediction.get("id", ()))
    for name, ids in (("truth", truth), ("id", found)):
        if ids.ndim != 3 or ids.dtype.kind not in "iu" or ids.shape != truth.shape:
            text = "expected whole class ids of shape (rows, height, width)"
            raise DataError(sentence(name, text, f"{ids.dtype} {ids.shape}"))
    sure = np.asarray(prediction.get("confidence", np.ones(len(truth))))
    labelled, known = (truth >= 0).any(axis=(1, 2)), ~np.isnan(sure)
    kept = labelled & known
    return _Rows(truth[kept], found[kept], kept, int((labelled & ~known).sum()))


_READERS = {
    "classification": _read_classes,
    "regression": _read_numbers,
    "flags": _read_flags,
    "box": _read_boxes,
    "quantiles": _read_quantiles,
    "ordinal": _read_classes,
    "segmentation": _read_masks,
}


def _check_sizes(rows: _Rows, name: str) -> None:
    for where, values in (("truth", rows.truth), (name, rows.prediction)):
        if (np.abs(values) > LARGEST).any():
            wrong = float(values[np.abs(values) > LARGEST][0])
            text = f"expected numbers up to {LARGEST:g}, so that squares are finite"
            raise DataError(sentence(where, text, wrong))


def _labels(truth: np.ndarray, rank: int) -> np.ndarray:
    shape = "(rows,)" if rank == 1 else "(rows, columns)"
    if truth.ndim != rank or truth.dtype.kind not in "bfiu":
        text = f"expected numbers of shape {shape}, NaN where absent"
        raise DataError(sentence("truth", text, f"{truth.dtype} {truth.shape}"))
    return truth.astype(np.float64)


def _predicted(
    prediction: Mapping[str, np.ndarray], name: str, rows: int, rank: int
) -> np.ndarray:
    if name not in prediction:
        text = f"expected an array called `{name}`"
        raise DataError(sentence("prediction", text, list(prediction)))
    found = np.asarray(prediction[name])
    wrong_rank = found.ndim != rank or (rank == 2 and found.shape[1] == 0)
    if wrong_rank or found.dtype.kind not in "fiu" or len(found) != rows:
        text = f"expected numbers for {rows:,} rows in {rank} dimension(s)"
        raise DataError(sentence(name, text, f"{found.dtype} {found.shape}"))
    return found.astype(np.float64)


def _keep(truth: np.ndarray, found: np.ndarray, labelled: np.ndarray) -> _Rows:
    known = ~np.isnan(found)
    if found.ndim == 2:
        known = known.all(axis=1)
    kept = labelled & known
    return _Rows(truth[kept], found[kept], kept, int((labelled & ~known).sum()))


def _check_shares(found: np.ndarray) -> None:
    outside = (found < -SLACK) | (found > 1 + SLACK)
    if outside.any():
        text = "expected probabilities between 0 and 1"
        raise DataError(sentence("probability", text, float(found[outside][0])))
    np.clip(found, 0, 1, out=found)


def _groups(group: np.ndarray, rows: _Rows) -> np.ndarray:
    ids = np.asarray(group)
    if ids.shape != rows.kept.shape:
        text = f"expected one id for each of the {len(rows.kept):,} rows"
        raise DataError(sentence("group", text, ids.shape))
    kept: np.ndarray = ids[rows.kept]
    return kept


def _names(classes: Sequence[object] | None, found: np.ndarray) -> list[str]:
    number = found.shape[1] if found.ndim == 2 else 0
    if classes is None:
        return [str(index) for index in range(number)]
    if found.ndim == 2 and len(classes) != number:
        text = f"expected one name for each of the {number} columns of `probability`"
        raise DataError(sentence("classes", text, len(classes)))
    return [str(name) for name in classes]
