"""Rules that divide rows by shares: by rank, by group, by time, by threshold."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import polars as pl

from sensorium.data.hashing import Hashes, hash_column
from sensorium.data.source import Array

Parts: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]

TRAIN, VALID, TEST, UNUSED = 0, 1, 2, 3
NUM_BINS = 10
MAX_NUMBERS = 20


def by_threshold(hashes: Hashes, valid: float, test: float) -> Parts:
    """Parts from each hash alone: the lowest are test, the next valid.

    Args:
        hashes: One a row.
        valid: Share of valid.
        test: Share of test.
    """
    place = hashes.astype(np.float64) / 2.0**64
    parts = np.full(len(hashes), TRAIN, np.uint8)
    parts[place < test + valid] = VALID
    parts[place < test] = TEST
    return parts


def by_rank(hashes: Hashes, classes: Array, valid: float, test: float) -> Parts:
    """Parts with the shares of every class as near as whole rows allow.

    Args:
        hashes: One a row; equal hashes are equal rows and get one part.
        classes: Class of every row.
        valid: Share of valid.
        test: Share of test.
    """
    first, back = _distinct(hashes)
    _, of_class, sizes = np.unique(
        classes[first], return_inverse=True, return_counts=True
    )
    if sizes.max(initial=0) < 2:  # no class can be in two parts: no classes then
        of_class, sizes = np.zeros(len(first), np.int64), np.array([len(first)])
    num_test = allotted(sizes, test, sizes - 1)
    num_valid = allotted(sizes, valid, sizes - 1 - num_test)
    order = np.argsort(of_class, kind="stable")  # `first` goes by hash: so do ranks
    starts = np.cumsum(sizes) - sizes
    rank = np.empty(len(first), np.int64)
    rank[order] = np.arange(len(first)) - np.repeat(starts, sizes)
    parts = np.full(len(first), TRAIN, np.uint8)
    parts[rank < (num_test + num_valid)[of_class]] = VALID
    parts[rank < num_test[of_class]] = TEST
    return parts[back]


def _distinct(hashes: Hashes) -> tuple[Array, Array]:
    """First row of each distinct hash, by rising hash, and each row's place there."""
    order = np.argsort(hashes)  # several times as fast as the stable one
    rising = hashes[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = rising[1:] != rising[:-1]
    back = np.empty(len(hashes), np.int64)
    back[order] = np.cumsum(new) - 1
    return np.minimum.reduceat(order, np.flatnonzero(new)), back


def allotted(sizes: Array, share: float, most: Array) -> Array:
    """How many rows each class gives to a part: the largest-remainder rule.

    Args:
        sizes: Rows of each class.
        share: Share of the part; above 0 it gets one row at least, if it can.
        most: How many each class can give.
    """
    if not share:
        return np.zeros_like(sizes)
    total = max(1, round(float(share * sizes.sum())))
    exact = share * sizes
    given = np.minimum(np.floor(exact + 1e-9).astype(np.int64), most)
    left = total - int(given.sum())
    by_remainder = np.argsort(-(exact - np.floor(exact + 1e-9)), kind="stable")
    able = by_remainder[(given < most)[by_remainder]]
    given[able[: max(0, left)]] += 1
    return given


def by_group(groups: Hashes, valid: float, test: float) -> Parts:
    """Parts that keep groups whole.

    Args:
        groups: Hash of the group of every row.
        valid: Share of valid.
        test: Share of test.
    """
    _, back, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    parts = np.full(len(sizes), TRAIN, np.uint8)
    for part, share in ((TEST, test), (VALID, valid)):
        if share:
            _fill(parts, sizes, part, share * len(groups))
    return parts[back]


def _fill(parts: Parts, sizes: Array, part: int, wanted: float) -> None:
    """Gives free groups to a part, in order, while that brings it nearer."""
    free = np.flatnonzero(parts == TRAIN)
    if len(free) < 2:
        return
    have = 0
    for group in free[:-1] if len(free) == 2 else free:
        size = int(sizes[group])
        if abs(have + size - wanted) < abs(have - wanted):
            parts[group] = part
            have += size
        if have >= wanted:
            return
    if not have:
        parts[free[np.argmin(sizes[free])]] = part


def by_time(times: Array, valid: float, test: float) -> Parts:
    """Parts in the order of time; equal times stay together.

    Args:
        times: One number a row.
        valid: Share of valid.
        test: Share of test.
    """
    unique, counts = np.unique(times, return_counts=True)
    before = np.cumsum(counts) - counts  # rows before each time
    count = len(times)
    at_test = _edge(before, count - test * count, len(unique)) if test else len(unique)
    rest = count - (test + valid) * count
    at_valid = _edge(before, rest, at_test) if valid else at_test
    place = np.searchsorted(unique, times)
    parts = np.full(count, TRAIN, np.uint8)
    parts[place >= at_valid] = VALID
    parts[place >= at_test] = TEST
    return parts


def _edge(before: Array, wanted: float, end: int) -> int:
    """The time to cut at: nearest to the wanted row, and something on each side."""
    if end < 2:
        return end
    return 1 + int(np.argmin(np.abs(before[1:end] - wanted)))


def classes_of(column: pl.Series) -> Array:
    """Classes to share alike: the values, or ten bins of many numbers.

    Args:
        column: The target; missing values are a class of their own.
    """
    if column.dtype.is_numeric():
        values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
        present = values[np.isfinite(values)]
        if len(np.unique(present)) > MAX_NUMBERS:
            edges = np.quantile(present, np.linspace(0, 1, NUM_BINS + 1)[1:-1])
            bins = np.searchsorted(edges, values, side="right")
            return np.where(np.isnan(values), -1, bins)
    return hash_column(column).view(np.int64)
