"""Where the rows of a table come from: memory, or a file that is read again.

A source gives columns in chunks, in the order of the file. A column is a Polars
series, or, where a value is itself an array, a NumPy array of shape `(rows, ...)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeAlias

import numpy as np
import polars as pl

from sensorium.data import hashing
from sensorium.errors import DataError

Array: TypeAlias = np.ndarray[Any, Any]
Columns: TypeAlias = Mapping[str, pl.Series | Array]


class Source(Protocol):
    """Rows that can be gone through as often as wanted."""

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        ...

    @property
    def dtypes(self) -> Mapping[str, pl.DataType]:
        """Polars type of every column, in the order of the source."""
        ...

    def chunks(self, columns: Sequence[str], rows: int) -> Iterator[Columns]:
        """Yields `columns` in chunks of `rows` rows; the last may be shorter."""
        ...

    def take(self, rows: Array) -> MemorySource:
        """Copies the rows at these positions, in this order, into memory."""
        ...

    def content_key(self) -> str:
        """Words that change when the content changes."""
        ...


def series_of(column: pl.Series | Array, name: str) -> pl.Series | Array:
    """A one-dimensional array as a Polars series; anything else as it is."""
    if isinstance(column, np.ndarray) and column.ndim == 1:
        return pl.Series(name, np.asarray(column))
    return column


def dtype_of(column: pl.Series | Array) -> pl.DataType:
    """The Polars type of a column; `Array(inner, shape)` for arrays in NumPy."""
    if isinstance(column, pl.Series):
        return column.dtype
    inner = pl.Series(column.ravel()[:0].astype(column.dtype, copy=False)).dtype
    return inner if column.ndim == 1 else pl.Array(inner, shape=column.shape[1:])


class MemorySource:
    """Columns held in memory, or mapped from a file by NumPy.

    Args:
        columns: Column by name; all of one length.
        num_rows: How many rows; needed where there is no column at all.
        content_key: Gives the hash of the file that the columns come from, or
            raises `DataError` if that has changed; `None` if there is no file.
    """

    def __init__(
        self,
        columns: Columns,
        num_rows: int | None = None,
        content_key: Callable[[], str] | None = None,
    ) -> None:
        self._columns = dict(columns)
        if num_rows is None:
            num_rows = max((len(column) for column in columns.values()), default=0)
        self._num_rows = num_rows
        self._key: str | None = None
        self._file_key = content_key

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return self._num_rows

    @property
    def dtypes(self) -> Mapping[str, pl.DataType]:
        """Polars type of every column."""
        return {name: dtype_of(column) for name, column in self._columns.items()}

    def column(self, name: str) -> pl.Series | Array:
        """One whole column."""
        return series_of(self._columns[name], name)

    def chunks(self, columns: Sequence[str], rows: int) -> Iterator[Columns]:
        """Yields views of the columns."""
        for start in range(0, self._num_rows, rows):
            yield {
                name: series_of(self._columns[name][start : start + rows], name)
                for name in columns
            }

    def take(self, rows: Array) -> MemorySource:
        """Copies the rows at these positions."""
        taken = {name: gather(column, rows) for name, column in self._columns.items()}
        return MemorySource(taken, len(rows))

    def content_key(self) -> str:
        """Hash of the file, or over names, types and values; computed once."""
        if self._key is None:
            self._key = self._new_key()
        return self._key

    def _new_key(self) -> str:
        if self._file_key is not None:
            # A file that has changed since is not what is here in memory.
            with suppress(DataError):
                return self._file_key()
        return hashing.content_key(self._columns)


class FrameSource:
    """Polars frames from a file that is read again for every pass.

    Args:
        dtypes: Polars type of every column.
        num_rows: How many rows there are.
        frames: Given columns and a number of rows, yields frames of about so
            many rows, in the order of the file.
        content_key: Gives words that change when the file changes.
    """

    def __init__(
        self,
        dtypes: Mapping[str, pl.DataType],
        num_rows: int,
        frames: Callable[[Sequence[str], int], Iterator[pl.DataFrame]],
        content_key: Callable[[], str],
    ) -> None:
        self._dtypes = dict(dtypes)
        self._num_rows = num_rows
        self._frames = frames
        self._content_key = content_key

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return self._num_rows

    @property
    def dtypes(self) -> Mapping[str, pl.DataType]:
        """Polars type of every column."""
        return self._dtypes

    def chunks(self, columns: Sequence[str], rows: int) -> Iterator[Columns]:
        """Yields chunks of exactly `rows` rows; the last may be shorter."""
        if not columns:
            yield from ({} for _ in range(0, self._num_rows, rows))
            return
        for frame in even(self._frames(columns, rows), rows):
            yield {name: frame[name] for name in columns}

    def take(self, rows: Array) -> MemorySource:
        """Copies the rows at these positions; goes through the file once."""
        order = np.argsort(rows, kind="stable")
        wanted = rows[order]
        parts: list[pl.DataFrame] = []
        start = 0
        for frame in self._frames(list(self._dtypes), 65536):
            low, high = np.searchsorted(wanted, [start, start + frame.height])
            if high > low:
                parts.append(frame[wanted[low:high] - start])
            start += frame.height
        if not parts:
            return MemorySource(pl.DataFrame(schema=self._dtypes).to_dict())
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return MemorySource(pl.concat(parts)[back].to_dict())

    def content_key(self) -> str:
        """Words that change when the file changes."""
        return self._content_key()


def even(frames: Iterator[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Cuts frames of any heights into frames of exactly `rows` rows.

    Args:
        frames: Frames of one schema.
        rows: Rows a frame; the last may be shorter.
    """
    held: list[pl.DataFrame] = []
    height = 0
    for frame in frames:
        held.append(frame)
        height += frame.height
        if height < rows:
            continue
        whole = held[0] if len(held) == 1 else pl.concat(held)
        start = 0
        while height - start >= rows:
            yield whole[start : start + rows]
            start += rows
        held, height = [whole[start:]], height - start
    if height:
        yield pl.concat(held)


def gather(column: pl.Series | Array, rows: Array) -> pl.Series | Array:
    """Copies the rows at these positions."""
    if isinstance(column, pl.Series):
        return column.gather(rows)
    return np.take(column, rows, axis=0)
