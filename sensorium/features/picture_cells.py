"""The cells of columns that hold pictures: paths, bytes or arrays, row by row."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import polars as pl

from sensorium.errors import DataError, sentence
from sensorium.features.base import Column

_THREADS = min(4, os.cpu_count() or 1)
_FEW = 16  # rows; not worth a thread


def picture_cells(column: Column, where: str) -> Sequence[Any]:
    """The column's cells, by row.

    Args:
        column: Texts, bytes, lists or arrays.
        where: How messages call the column.

    Raises:
        DataError: If its type cannot be pictures.
    """
    kept = _kept(column)
    if kept is None:
        shown = (
            f"an array of {'x'.join(map(str, column.shape))}"
            if isinstance(column, np.ndarray)
            else f"a column of type {column.dtype}"
        )
        text = "expected paths, bytes or arrays of pictures"
        raise DataError(sentence(where, text, fix=f"This is {shown}."))
    return kept


def each_row(read: Callable[[int], None], rows: int) -> None:
    """Calls a function with every row, in threads where there are many.

    Args:
        read: Takes the number of a row.
        rows: How many there are.
    """
    if rows <= _FEW or _THREADS == 1:
        for row in range(rows):
            read(row)
        return
    share = -(-rows // (8 * _THREADS))
    parts = [range(at, min(at + share, rows)) for at in range(0, rows, share)]

    def read_all(part: range) -> None:
        for row in part:
            read(row)

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(read_all, parts))


def _kept(column: Column) -> Sequence[Any] | None:
    """The column's cells, by row; `None` if they cannot be pictures."""
    if isinstance(column, np.ndarray):
        if column.ndim == 1 and column.dtype.kind in "OU":
            return list(column.tolist())
        return column if column.ndim in (3, 4) else None  # type: ignore[return-value]
    dtype = column.dtype
    if dtype in (pl.Categorical, pl.Enum):
        return column.cast(pl.String).to_list()
    if dtype in (pl.String, pl.Binary, pl.Object, pl.Null):
        return column.to_list()
    return _Lists(column) if dtype in (pl.List, pl.Array) else None


class _Lists(Sequence[Any]):
    """The cells of a column of lists, made one by one, as they need much memory."""

    def __init__(self, column: pl.Series) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, row: Any) -> Any:
        cell = self._column[row]
        if cell is None:
            return None
        # An array keeps its type, which says what the numbers mean (16 bits, booleans).
        array = isinstance(self._column.dtype, pl.Array)
        return cell.to_numpy() if array else cell.to_list()
