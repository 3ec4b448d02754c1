"""Guesses for columns of arrays and lists: pictures, signals, vectors, flags."""

from __future__ import annotations

import numpy as np
import polars as pl

from sensorium.features.guess_pictures import sized
from sensorium.features.guess_profile import (
    SMOOTH,
    Guess,
    left_out,
    shown,
    smoothness,
)

_LONG = 30
"""Numbers in a row up to which their order is taken to mean nothing."""

_LARGEST = 1e38
_LABELS = 1000
_ROWS = 1000


def guess_array(name: str, array: np.ndarray) -> Guess:
    """Guesses what an array of shape (rows, ...) with two or more axes means.

    Args:
        name: Name of the column.
        array: Its rows.
    """
    if array.dtype.kind not in "biuf":
        reason = f"an array of {array.dtype}; no feature reads it"
        return left_out(name, "unreadable", reason)
    if array.dtype.kind == "f" and np.isnan(array[:_ROWS]).all():
        if np.isnan(array).all():
            return left_out(name, "missing", "missing in every row")
    elif len(array) > 1 and bool((array == array[:1]).all()):
        return left_out(name, "constant", "the same in every row")
    rules = {2: _rows_of_numbers, 3: _planes, 4: _colours}
    rule = rules.get(array.ndim)
    if rule is not None:
        return rule(name, array)
    reason = f"an array of shape {_shape(array)}; no feature reads so many axes"
    return left_out(name, "unreadable", reason)


def guess_list(name: str, column: pl.Series) -> Guess:
    """Guesses what a column of lists means.

    Args:
        name: Name of the column.
        column: A series of lists or arrays with at least one that is not null.
    """
    lists = column.drop_nulls()
    if isinstance(lists.dtype, pl.Array):
        lists = lists.arr.to_list()
    inner = lists.dtype.inner  # type: ignore[attr-defined]
    if inner in (pl.String, pl.Categorical, pl.Enum):
        return _labels(name, lists)
    if inner.is_numeric() or inner == pl.Boolean:
        return _lists_of_numbers(name, lists)
    if inner.is_nested() and not isinstance(inner, pl.Struct):
        return _lists_of_lists(name, lists)
    reason = f"lists of {inner}; no feature reads them"
    return left_out(name, "unreadable", reason)


def _shape(array: np.ndarray) -> str:
    return " x ".join(f"{size:,}" for size in array.shape)


def _rows_of_numbers(name: str, array: np.ndarray) -> Guess:
    length = array.shape[1]
    infinite = int((np.abs(array) > _LARGEST).any(axis=1).sum()) if length else 0
    if infinite:
        reason = f"infinite numbers in {infinite:,} rows; replace these values first"
        return left_out(name, "unreadable", reason, "vector")
    if length <= _LONG:
        reason = f"{length} numbers in each row"
        return Guess(name, "vector", {}, reason)
    alike = smoothness(array)
    if alike >= SMOOTH:
        reason = f"{length} numbers in each row, neighbours alike ({alike:.2f}): "
        return Guess(name, "signal", {}, reason + "their order matters")
    reason = f"{length} numbers in each row, neighbours not alike ({alike:.2f})"
    return Guess(name, "vector", {}, reason)


def _planes(name: str, array: np.ndarray) -> Guess:
    height, width = array.shape[1:]
    square = height == width and height >= 8
    if array.dtype == np.uint8 and min(height, width) >= 8:
        return _picture(name, array, "grey pictures")
    if array.dtype.kind == "f" and square and _is_light(array):
        return _picture(name, array, "square numbers from 0 to 1: grey pictures")
    channels = "channel" if width == 1 else "channels"
    reason = f"{height} steps of {width} {channels} in each row"
    return Guess(name, "signal", {}, reason)


def _colours(name: str, array: np.ndarray) -> Guess:
    readable = array.dtype == np.uint8 or (array.dtype.kind == "f" and _is_light(array))
    if array.shape[3] in (1, 3, 4) and readable:
        return _picture(name, array, "pictures")
    reason = (
        f"an array of shape {_shape(array)}: for pictures make it uint8, or floats "
        "from 0 to 1, with 1, 3 or 4 channels last"
    )
    return left_out(name, "unreadable", reason)


def _is_light(array: np.ndarray) -> bool:
    part = array[:_ROWS]
    there = part[~np.isnan(part)]
    return bool(there.size and there.min() >= 0 and there.max() <= 1)


def _picture(name: str, array: np.ndarray, what: str) -> Guess:
    guess = Guess(name, "image", {}, f"{what} as an array")
    return sized(guess, [(array.shape[1], array.shape[2])])


def _labels(name: str, lists: pl.Series) -> Guess:
    labels = lists.list.explode().drop_nulls()
    num = labels.n_unique()
    reason = f"lists of {num:,} labels, such as {shown(lists[0].to_list(), 50)}"
    guess = Guess(name, "flags", {}, reason)
    if num < 0.5 * len(labels) or len(labels) < 20:
        return guess
    return guess.warned("most labels are seen once: they may be worth little")


def _lists_of_numbers(name: str, lists: pl.Series) -> Guess:
    lengths = lists.list.len()
    if lengths.n_unique() == 1 and lengths[0]:
        rows = np.array(lists.to_list(), dtype=np.float64)
        return _rows_of_numbers(name, rows)
    low, high = (int(edge) for edge in np.sort(lengths.to_numpy())[[0, -1]])
    inner = lists.dtype.inner  # type: ignore[attr-defined]
    if inner.is_integer() and _are_sets(lists):
        reason = f"lists of {low} to {high} whole numbers that come back, each once"
        return Guess(name, "flags", {}, reason)
    reason = f"lists of {low} to {high} numbers: steps in time"
    return Guess(name, "signal", {}, reason)


def _are_sets(lists: pl.Series) -> bool:
    """Whether lists name things: no number twice in a list, but in many lists."""
    values = lists.list.explode().drop_nulls()
    once = bool((lists.list.len() == lists.list.n_unique()).all())
    num = values.n_unique()
    return once and num <= _LABELS and len(values) >= 5 * num


def _lists_of_lists(name: str, lists: pl.Series) -> Guess:
    first = lists.dtype.inner.inner  # type: ignore[attr-defined]
    if not first.is_numeric():
        reason = f"lists of lists of {first}; no feature reads them"
        return left_out(name, "unreadable", reason)
    steps = np.sort(lists.list.len().to_numpy())
    low, high = int(steps[0]), int(steps[-1])
    width = int(lists.list.explode().drop_nulls().list.len().to_numpy().max())
    reason = f"lists of {low} to {high} steps of {width} numbers"
    return Guess(name, "signal", {}, reason)
