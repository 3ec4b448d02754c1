"""95 % intervals of scores by the percentile bootstrap.

A resample draws as many rows as there are, with replacement. It is kept as one weight a
row (how often the row was drawn), so that a score of a resample is a score of weighted
rows and nothing is copied.

Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
Percentile intervals are a little narrow below some 50 rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sensorium.errors import DataError, sentence

Statistic = Callable[[np.ndarray], float]
"""A score of weighted rows: weights of shape `(rows,)` -> value; NaN if undefined."""

CONFIDENCE = 0.95
FEWEST = 200
"""Fewer resamples than this are never drawn unless the caller asks for fewer."""

WORK = 200_000_000
"""Rows that one score may visit in all resamples; keeps a score within some seconds."""


@dataclass(frozen=True)
class Interval:
    """Where a score would lie in 95 of 100 repetitions with other rows.

    Args:
        low: Lower end; `None` where no interval can be given.
        high: Upper end; `None` where no interval can be given.
        resamples: How many resamples the interval rests on.
        left_out: How many resamples had no such score, e.g. held one class only.
        reason: Why there is no interval; empty if there is one.
    """

    low: float | None
    high: float | None
    resamples: int
    left_out: int = 0
    reason: str = ""


def intervals(
    statistics: Mapping[str, Statistic],
    rows: int,
    *,
    seed: int = 0,
    resamples: int = 1000,
    group: np.ndarray | None = None,
    costs: Mapping[str, int] | None = None,
) -> dict[str, Interval]:
    """Gives every statistic its interval, all from the same resamples.

    Args:
        statistics: Scores by name.
        rows: How many rows were scored.
        seed: Decides the resamples; the same seed and rows give the same resamples.
        resamples: How many to draw. A costly statistic gets fewer, but at least 200:
            as many as let it visit 200 million rows in all.
        group: One id a row, e.g. the person. Whole groups are drawn then, because rows
            of one group are alike and would make the interval too narrow.
        costs: How many times a statistic visits every row; 1 where not given.

    Raises:
        DataError: If `group` has not one id a row, or `resamples` is below 1.
    """
    if resamples < 1:
        raise DataError(sentence("resamples", "must be at least 1", resamples))
    units = _units(rows, group)
    number = int(units.max(initial=-1)) + 1
    if number < 2:
        what = "row" if group is None else "group"
        text = f"an interval needs at least two {what}s"
        return {name: Interval(None, None, 0, reason=text) for name in statistics}
    counts = {
        name: _affordable(rows * (costs or {}).get(name, 1), resamples)
        for name in statistics
    }
    values: dict[str, list[float]] = {name: [] for name in statistics}
    every = range(max(counts.values(), default=0))
    for index, weights in zip(every, _weights(units, number, seed), strict=False):
        for name, statistic in statistics.items():
            if index < counts[name]:
                values[name].append(statistic(weights))
    return {name: _interval(np.array(found)) for name, found in values.items()}


def _affordable(visits: int, resamples: int) -> int:
    return min(resamples, max(FEWEST, WORK // max(visits, 1)))


def _units(rows: int, group: np.ndarray | None) -> np.ndarray:
    if group is None:
        return np.arange(rows)
    if np.shape(group) != (rows,):
        text = f"expected one id for each of the {rows:,} rows"
        raise DataError(sentence("group", text, np.shape(group)))
    ids = np.asarray(group)
    if ids.dtype.kind == "O":
        missing = np.array([each is None for each in ids], bool)
        ids = ids.astype(str)
    else:
        missing = ids != ids  # only NaN differs from itself
    if missing.any():
        row = int(missing.argmax())
        raise DataError(sentence(f"group, row {row + 1:,}", "an id is missing"))
    codes: np.ndarray = np.unique(ids, return_inverse=True)[1]
    return codes


def _weights(units: np.ndarray, number: int, seed: int) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(seed)
    single = number == len(units)  # every row is a unit: they need not be looked up
    while True:
        drawn = generator.integers(number, size=number)
        counts = np.bincount(drawn, minlength=number).astype(np.float64)
        yield counts if single and units[0] == 0 else counts[units]


def _interval(values: np.ndarray) -> Interval:
    usable = values[np.isfinite(values)]
    left_out = len(values) - len(usable)
    if left_out > len(usable):
        text = "more than half of the resamples have no such score"
        return Interval(None, None, len(usable), left_out, text)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(usable, [tail, 1 - tail])
    return Interval(float(low), float(high), len(usable), left_out)
