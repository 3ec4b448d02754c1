"""Cells that hold a series of steps, each of some channels: reading and counting."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from sensorium.errors import DataError, sentence
from sensorium.features.base import Column, Reading, where
from sensorium.features.moments import Moments
from sensorium.features.parse import LARGEST
from sensorium.features.paths import Folder

MOST_BYTES = 2**28
"""Larger .npy files are refused."""

_NUMBERS = "fiub"
_TEXTS = (pl.String, pl.Categorical, pl.Enum)


@dataclass(frozen=True)
class Steps:
    """The steps of some rows, one row after another.

    Args:
        values: Float64 `(steps, channels)`, NaN where missing.
        counts: Number of steps of each row.
        errors: Row -> why its value could not be read; such a row has no steps.
    """

    values: np.ndarray
    counts: np.ndarray
    errors: Mapping[int, str]

    def without(self, errors: Mapping[int, str]) -> Self:
        """Takes the steps of more rows away; earlier errors stay."""
        if not errors:
            return self
        bad = np.isin(np.arange(len(self.counts)), list(errors))
        kept = np.repeat(~bad, self.counts)
        counts = np.where(bad, 0, self.counts)
        every = {**errors, **self.errors}
        return type(self)(self.values[kept], counts, dict(sorted(every.items())))


def read_steps(column: Column, name: str, reading: Reading, channels: int) -> Steps:
    """Reads a column as series of steps.

    Args:
        column: Lists of numbers (one channel), lists of lists `(time, channels)`, an
            array `(rows, time)` or `(rows, time, channels)`, paths to .npy files, or
            such things mixed.
        name: The column's name, for messages.
        reading: How it is read.
        channels: How many channels there must be.

    Raises:
        DataError: If the column's type cannot be series of numbers.
    """
    read = _read(column, name, reading)
    errors = dict(read.errors)
    for row, width in read.widths():
        if width != channels:
            errors[row] = _wrong_channels(name, channels, width)
    return _checked(read.of_width(channels, errors), name)


def read_groups(column: Column, name: str, reading: Reading) -> list[Steps]:
    """Reads a column for `fit`: the rows of each number of channels by themselves.

    Unreadable rows are errors of the first group.

    Args:
        column: The column, as for `read_steps`.
        name: Its name, for messages.
        reading: How it is read.

    Raises:
        DataError: If the column's type cannot be series of numbers.
    """
    read = _read(column, name, reading)
    widths = sorted({width for _, width in read.widths()}) or [1]
    groups = []
    for at, width in enumerate(widths):
        errors = read.errors if at == 0 else {}
        groups.append(_checked(read.of_width(width, errors), name))
    return groups


@dataclass(frozen=True)
class _Even:
    """Rows that all have the same number of channels."""

    steps: Steps

    @property
    def errors(self) -> Mapping[int, str]:
        return self.steps.errors

    def widths(self) -> list[tuple[int, int]]:
        width = self.steps.values.shape[1]
        return [(row, width) for row in np.flatnonzero(self.steps.counts).tolist()]

    def of_width(self, width: int, errors: Mapping[int, str]) -> Steps:
        if width == self.steps.values.shape[1]:
            return Steps(self.steps.values, self.steps.counts, errors)
        return Steps(np.zeros((0, width)), np.zeros_like(self.steps.counts), errors)


@dataclass(frozen=True)
class _Uneven:
    """Rows read one by one; `None` where there is nothing."""

    rows: Sequence[np.ndarray | None]
    errors: Mapping[int, str]

    def widths(self) -> list[tuple[int, int]]:
        found = enumerate(self.rows)
        return [(row, cell.shape[1]) for row, cell in found if cell is not None]

    def of_width(self, width: int, errors: Mapping[int, str]) -> Steps:
        fit = [
            cell if cell is not None and cell.shape[1] == width else None
            for cell in self.rows
        ]
        counts = np.array([0 if cell is None else len(cell) for cell in fit], np.int64)
        there = [cell for cell in fit if cell is not None]
        values = np.concatenate([np.zeros((0, width)), *there])
        return Steps(values, counts, errors)


def _read(column: Column, name: str, reading: Reading) -> _Even | _Uneven:
    if isinstance(column, np.ndarray):
        if column.dtype.kind in _NUMBERS and column.ndim in (2, 3):
            return _Even(_from_array(column))
        kind = f"an array of {column.ndim} axes and type {column.dtype}"
    else:
        if _is_flat(column.dtype):
            return _Even(_from_lists(column))
        if column.dtype in _TEXTS:
            column = column.cast(pl.String)
        if column.dtype in (pl.String, pl.Object, pl.Null, pl.List, pl.Array):
            return _from_cells(column, name, reading)
        kind = f"a column of type {column.dtype}"
    text = "expected lists of numbers, arrays of them, or paths to .npy files"
    raise DataError(sentence(where(reading, name), text, fix=f"This is {kind}."))


def _from_array(column: np.ndarray) -> Steps:
    wide = column[..., np.newaxis] if column.ndim == 2 else column
    rows, time, channels = wide.shape
    flat = wide.reshape(rows * time, channels).astype(np.float64)
    return Steps(flat, np.full(rows, time, np.int64), {})


def _is_flat(dtype: pl.DataType) -> bool:
    if not isinstance(dtype, pl.List | pl.Array):
        return False
    inner: Any = dtype.inner
    flat_array = isinstance(dtype, pl.List) or len(dtype.shape) == 1
    return flat_array and (inner.is_numeric() or inner in (pl.Boolean, pl.Null))


def _from_lists(column: pl.Series) -> Steps:
    lists = column.arr.to_list() if isinstance(column.dtype, pl.Array) else column
    counts = lists.list.len().fill_null(0).cast(pl.Int64).to_numpy()
    flat = lists.filter(pl.Series(counts > 0)).explode().cast(pl.Float64).to_numpy()
    return Steps(flat.reshape(-1, 1), counts, {})


def _wrong_channels(name: str, channels: int, width: int) -> str:
    text = f"expected {channels} {_noun(channels)}, as in training"
    return sentence(f"column `{name}`", text, width)


def _noun(channels: int) -> str:
    return "channel" if channels == 1 else "channels"


def _from_cells(column: pl.Series, name: str, reading: Reading) -> _Uneven:
    rows: list[np.ndarray | None] = []
    errors: dict[int, str] = {}
    with Folder(reading.folder) as folder:
        for row in range(len(column)):
            try:
                rows.append(_cell(column[row], folder))
            except DataError as error:
                errors[row] = f"column `{name}`: {error}"
                rows.append(None)
    return _Uneven(rows, errors)


def _cell(cell: Any, folder: Folder) -> np.ndarray | None:
    if cell is None or (isinstance(cell, str) and not cell):
        return None
    if isinstance(cell, str):
        cell = _npy(folder.read(cell, MOST_BYTES))
    elif isinstance(cell, pl.Series):
        cell = cell.to_list()
    try:
        array = np.asarray(cell, dtype=np.float64)
    except (TypeError, ValueError) as error:
        text = "expected numbers in steps of equal length"
        raise DataError(sentence("", text, cell)) from error
    if array.ndim not in (1, 2):
        text = "expected a series of shape (time) or (time, channels)"
        raise DataError(sentence("", text, f"shape {array.shape}"))
    return array.reshape(len(array), -1) if array.size else None


def _npy(data: bytes) -> np.ndarray:
    """Reads a .npy file: nothing is unpickled, nor more memory taken than was read."""
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, columns_first, dtype = read(file)
    except (ValueError, KeyError, TypeError, SyntaxError, struct.error) as error:
        text = "expected a .npy file of numbers"
        raise DataError(sentence("", text, data[:16])) from error
    if dtype.kind not in _NUMBERS:
        text = "expected a .npy file of numbers"
        raise DataError(sentence("", text, f"values of type {dtype}"))
    count = 1
    for side in shape:
        count *= side
    rest = data[file.tell() :]
    if len(rest) < count * dtype.itemsize:
        raise DataError("the .npy file is cut off.")
    flat = np.frombuffer(rest, dtype, count)
    return flat.reshape(shape, order="F" if columns_first else "C")


def _checked(found: Steps, name: str) -> Steps:
    """Makes rows with infinite or very large numbers errors."""
    large = (np.abs(found.values) > LARGEST).any(axis=1)
    if not large.any():
        return found
    rows = np.repeat(np.arange(len(found.counts)), found.counts)[large]
    text = "expected finite numbers up to 1e38"
    errors: dict[int, str] = {}
    for row, step in zip(rows.tolist(), found.values[large], strict=True):
        value = float(step[np.abs(step) > LARGEST][0])
        errors.setdefault(row, sentence(f"column `{name}`", text, value))
    return found.without(errors)


def side_by_side(parts: Sequence[Steps], names: Sequence[str]) -> Steps:
    """Joins columns of one channel each as the channels of one series.

    A row in which some of the columns are missing has NaN for these. Where the lengths
    differ, or a column has an error, the row is an error.

    Args:
        parts: The columns.
        names: Their names, for messages.
    """
    counts = np.max([part.counts for part in parts], axis=0)
    errors: dict[int, str] = {}
    for part in parts:
        errors = {**part.errors, **errors}
    for part, name in zip(parts, names, strict=True):
        differ = (part.counts > 0) & (part.counts != counts)
        for row in np.flatnonzero(differ).tolist():
            text = f"expected {counts[row]} steps, as in the other columns"
            reason = sentence(f"column `{name}`", text, int(part.counts[row]))
            errors.setdefault(row, reason)
    cleaned = [part.without(errors) for part in parts]
    counts[list(errors)] = 0
    values = np.full((int(counts.sum()), len(parts)), np.nan)
    for channel, part in enumerate(cleaned):
        values[np.repeat(part.counts > 0, counts), channel] = part.values[:, 0]
    return Steps(values, counts, dict(sorted(errors.items())))


@dataclass(frozen=True)
class StepCounts:
    """What `fit` learns of series; adds up chunk by chunk.

    Args:
        rows: Number of rows by number of channels.
        moments: Each channel's mean and deviation, by number of channels.
        longest: Most steps, by number of channels.
        unreadable: Number of rows that could not be read.
    """

    rows: Mapping[int, int]
    moments: Mapping[int, Moments]
    longest: Mapping[int, int]
    unreadable: int

    @classmethod
    def of(cls, found: Steps) -> Self:
        """Counts one chunk."""
        rows = int((found.counts > 0).sum())
        width = found.values.shape[1]
        if not rows:
            return cls({}, {}, {}, len(found.errors))
        moments = {width: Moments.of(found.values)}
        longest = {width: int(found.counts.max())}
        return cls({width: rows}, moments, longest, len(found.errors))

    def merge(self, other: Self) -> Self:
        """Adds what came in other rows."""
        widths = sorted({*self.rows, *other.rows})
        moments = {}
        for width in widths:
            known = [c.moments[width] for c in (self, other) if width in c.moments]
            moments[width] = known[0] if len(known) == 1 else known[0].merge(known[1])
        return type(self)(
            {w: self.rows.get(w, 0) + other.rows.get(w, 0) for w in widths},
            moments,
            {w: max(self.longest.get(w, 0), other.longest.get(w, 0)) for w in widths},
            self.unreadable + other.unreadable,
        )

    @property
    def channels(self) -> int:
        """The number of channels that most rows have; the smaller one if equal."""
        return max(sorted(self.rows), key=lambda width: self.rows[width], default=1)
