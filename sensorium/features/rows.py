"""Cells that hold a list of numbers, as one float64 matrix."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from sensorium.errors import DataError, sentence
from sensorium.features.base import Column, Reading, where
from sensorium.features.parse import LARGEST, Fault, floats

Read = tuple[np.ndarray, Mapping[int, Fault]]


def matrix(
    column: Column, name: str, reading: Reading, width: int | None = None
) -> Read:
    """Reads a column of lists, an array `(rows, d)`, or a column of numbers (d = 1).

    Args:
        column: The column.
        name: Its name, for messages.
        reading: How it is read.
        width: How many numbers a row must have; `None` takes the first list's length,
            and 0 without any.

    Returns:
        The numbers as float64 `(rows, width)`, NaN where missing, and the faults by
        row; the numbers of such a row are all NaN.

    Raises:
        DataError: If the column's type cannot be rows of numbers.
    """
    if isinstance(column, np.ndarray) and column.ndim != 1:
        return _finite(*_of_width(_from_array(column, name, reading), {}, width))
    if isinstance(column, pl.Series):
        if column.dtype in (pl.List, pl.Array):
            lists = column.arr.to_list() if column.dtype == pl.Array else column
            return _finite(*_from_lists(lists, name, reading, width))
        if column.dtype == pl.Null:
            return np.full((len(column), width or 0), np.nan), {}
    values, faults = floats(column, name, reading)
    return _of_width(values[:, None], faults, width)


def _from_array(array: np.ndarray, name: str, reading: Reading) -> np.ndarray:
    if array.ndim == 2 and array.dtype.kind in "fiub":
        return array.astype(np.float64)
    shape = "x".join(str(size) for size in array.shape)
    text = "expected an array of numbers with one row of numbers in each row"
    fix = "Use `image` for pictures and `signal` for series of channels."
    received = f"{shape} values of type {array.dtype}"
    raise DataError(sentence(where(reading, name), text, received, fix))


def _from_lists(
    lists: pl.Series, name: str, reading: Reading, width: int | None
) -> Read:
    inner = lists.dtype.inner  # type: ignore[attr-defined]  # lists have one
    if not (inner.is_numeric() or inner in (pl.Boolean, pl.Null)):
        text = "expected lists of numbers"
        raise DataError(sentence(where(reading, name), text, f"lists of {inner}"))
    lengths = lists.list.len().cast(pl.Int64).fill_null(-1).to_numpy()
    if width is None:
        known = lengths[lengths >= 0]
        width = int(known[0]) if len(known) else 0
    good = lengths == width
    values = np.full((len(lists), width), np.nan)
    if width and good.any():
        flat = lists.filter(pl.Series(good)).explode().cast(pl.Float64)
        values[good] = flat.to_numpy().reshape(-1, width)
    wrong = np.flatnonzero((lengths >= 0) & ~good).tolist()
    return values, {row: _length_fault(width, int(lengths[row])) for row in wrong}


def _of_width(
    values: np.ndarray, faults: Mapping[int, Fault], width: int | None
) -> Read:
    if width is None or values.shape[1] == width:
        return values, faults
    there = np.flatnonzero(~np.isnan(values).all(axis=1)).tolist()
    wrong = {row: _length_fault(width, values.shape[1]) for row in there}
    return np.full((len(values), width), np.nan), {**wrong, **faults}


def _length_fault(width: int, length: int) -> Fault:
    return Fault(f"expected {width} numbers, as in training", f"a list of {length}")


def _finite(values: np.ndarray, faults: Mapping[int, Fault]) -> Read:
    rows = np.flatnonzero((np.abs(values) > LARGEST).any(axis=1))
    if not len(rows):
        return values, faults
    found = dict(faults)
    for row in rows.tolist():
        large = values[row][np.abs(values[row]) > LARGEST][0]
        text = "expected finite numbers up to 1e38"
        found[row] = Fault(text, float(large))
        values[row] = np.nan  # a matrix of our own, never the input
    return values, found
