"""Folds: rows that are left out together, to be answered by who never saw them."""

from __future__ import annotations

import numpy as np
import polars as pl

from sensorium.data.hashing import Hashes, hash_column, hash_rows, mix
from sensorium.data.shares import classes_of
from sensorium.data.source import Array
from sensorium.data.split import Split
from sensorium.data.table import Table, require_columns
from sensorium.data.times import times_of
from sensorium.errors import DataError, sentence


def folds(table: Table, split: Split, rows: Array, count: int) -> Array:
    """Deals rows to folds of about equal size, by the rules of a split.

    Rows of one group (`split.group`) stand in one fold; so do equal rows otherwise,
    and the classes of `split.stratify` are shared alike. With `split.time` a fold is a
    stretch of time. The order of the rows changes nothing but for equal times.

    Args:
        table: The table.
        split: How it is divided.
        rows: Positions of the rows to deal.
        count: How many folds.

    Returns:
        The fold of each of `rows`, from 0.

    Raises:
        DataError: If there are fewer groups, times or distinct rows than folds.
    """
    named = [split.group, split.time, split.stratify]
    require_columns(table, [name for name in named if name is not None])
    if split.time is not None:
        where = f"{table.where}, column `{split.time}`"
        return _by_time(times_of(where, _whole(table, split.time))[rows], count, where)
    if split.group is not None:
        where = f"{table.where}, column `{split.group}`"
        hashes = _seeded(hash_column(_whole(table, split.group)), split.seed)[rows]
        return _by_group(hashes, count, where)
    chunks = [hash_rows(chunk, split.seed) for chunk in table.chunks()]
    classes = np.zeros(len(rows), np.int64)
    if split.stratify is not None:
        classes = classes_of(_whole(table, split.stratify))[rows]
    return _by_rank(np.concatenate(chunks)[rows], classes, count, table.where)


def _by_time(times: Array, count: int, where: str) -> Array:
    unique, back, sizes = np.unique(times, return_inverse=True, return_counts=True)
    _need(len(unique), count, where, "times")
    middle = np.cumsum(sizes) - sizes / 2
    fold = np.floor(count * middle / len(times)).astype(np.int64)
    # No fold may be empty where many rows have one time.
    first = np.arange(len(unique))
    fold = np.clip(fold, count - (len(unique) - first), first)
    return _without_gaps(fold)[back]


def _without_gaps(fold: Array) -> Array:
    """The same order, with each step at most one."""
    found = fold.copy()
    for place in range(1, len(found)):
        found[place] = min(found[place], found[place - 1] + 1)
    return found


def _by_group(groups: Hashes, count: int, where: str) -> Array:
    _, back, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    _need(len(sizes), count, where, "groups")
    fold, held = np.zeros(len(sizes), np.int64), np.zeros(count, np.int64)
    for group in np.argsort(-sizes, kind="stable"):  # the largest first
        fold[group] = np.argmin(held)
        held[fold[group]] += sizes[group]
    return fold[back]


def _by_rank(hashes: Hashes, classes: Array, count: int, where: str) -> Array:
    _, first, back = np.unique(hashes, return_index=True, return_inverse=True)
    _need(len(first), count, where, "different training rows")
    fold = np.empty(len(first), np.int64)
    fold[np.lexsort((hashes[first], classes[first]))] = np.arange(len(first)) % count
    return fold[back]


def _need(found: int, count: int, where: str, what: str) -> None:
    if found < count:
        text, fix = (
            f"expected at least {count} {what} for {count} folds",
            "Lower `folds`.",
        )
        raise DataError(sentence(where, text, found, fix))


def _seeded(hashes: Hashes, seed: int) -> Hashes:
    return mix(hashes ^ mix(np.array([seed % 2**64], np.uint64)))


def _whole(table: Table, name: str) -> pl.Series:
    return pl.concat([pl.Series(chunk[name]) for chunk in table.chunks([name])])
