"""What every column of a table seems to mean, each guess with its reason.

A guess is a proposal for the user to read, made from the first rows; nothing is
fitted. Missing values never decide a kind.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sensorium.features.base import Column, Columns
from sensorium.features.guess_arrays import guess_array, guess_list
from sensorium.features.guess_numbers import guess_number
from sensorium.features.guess_pictures import guess_bytes, guess_paths
from sensorium.features.guess_profile import NAMELESS, Guess, Profile, left_out, profile
from sensorium.features.guess_relations import join_runs, leave_copies
from sensorium.features.guess_split import guess_split
from sensorium.features.guess_texts import guess_text

if TYPE_CHECKING:
    from sensorium.data import Table

__all__ = ["Guess", "Sample", "guess_column", "guess_table", "look", "varied"]

ROWS = 65536


@dataclass(frozen=True)
class Sample:
    """Some rows of a table, which guesses are made from.

    Args:
        columns: The columns.
        rows: How many rows these are.
        total: How many rows the table has.
        folder: Where relative paths inside columns start.
        where: How messages call the table.
        spread: Whether the rows are from all over the table, not the first ones.
    """

    columns: Columns
    rows: int
    total: int
    folder: Path | None
    where: str
    spread: bool = False

    def __str__(self) -> str:
        if self.rows == self.total:
            return f"all {self.total:,} rows"
        if self.spread:
            return f"{self.rows:,} of {self.total:,} rows, from all over the table"
        return f"the first {self.rows:,} of {self.total:,} rows"


def look(table: Table, rows: int = ROWS) -> Sample:
    """Takes the first rows of a table, or rows from all over it.

    A table may be sorted: where a column has no two different values in the first
    rows, rows at equal distances are taken instead.

    Args:
        table: The table.
        rows: How many rows, at least 1.
    """
    columns = table.head(rows)
    count = min(rows, table.num_rows)
    spread = count < table.num_rows and any(map(_is_constant, columns.values()))
    if spread:
        places = np.linspace(0, table.num_rows - 1, count).astype(np.int64)
        columns = table.take(places).head(count)
    columns = {name: _nameless(column) for name, column in columns.items()}
    where = table.where
    return Sample(columns, count, table.num_rows, table.folder, where, spread)


def varied(table: Table, sample: Sample, name: str) -> Column:
    """A column of the sample; where it has one value, with later rows that differ.

    Args:
        table: The table that the sample is from.
        sample: The rows looked at.
        name: Name of the column.
    """
    column = sample.columns[name]
    if sample.rows == sample.total or not _is_constant(column):
        return column
    for chunk in table.chunks([name]):
        pieces = [pl.Series(_nameless(c)) for c in (column, pl.Series(chunk[name]))]
        both = pl.concat(pieces)
        if not _is_constant(both):
            return both
    return column


def guess_table(sample: Sample, targets: Collection[str] = ()) -> list[Guess]:
    """Guesses what each column means, in the order of the table.

    Runs of numbered columns are one guess. Guesses of targets are there too.

    Args:
        sample: The rows to decide on; see `look`.
        targets: Columns that will be predicted; they are not joined with others.
    """
    guesses = [
        guess_column(name, column, sample.folder)
        for name, column in sample.columns.items()
    ]
    guesses = join_runs(guesses, sample.columns, targets)
    return leave_copies(guesses, sample.columns, targets)


def guess_column(name: str, column: Column, folder: Path | None = None) -> Guess:
    """Guesses what one column means.

    Args:
        name: Its name, which may say what numbers cannot.
        column: A series, or an array of shape (rows, ...).
        folder: Where relative paths start; `None` if paths cannot be read.
    """
    if isinstance(column, np.ndarray):
        if column.ndim > 1:
            return guess_array(name, column)
        column = pl.Series(column)
    column = column.alias(NAMELESS)
    if not len(column.drop_nulls()):
        return left_out(name, "missing", "missing in every row")
    if isinstance(column.dtype, pl.List | pl.Array):
        return guess_list(name, column)
    if column.dtype.is_nested() or column.dtype == pl.Object:
        reason = f"values of type {column.dtype}; no feature reads them"
        return left_out(name, "unreadable", reason)
    return _scalars(profile(name, column), folder)


def _scalars(found: Profile, folder: Path | None) -> Guess:
    if not found.num_present:
        return left_out(found.name, "missing", "missing in every row")
    if found.num_unique == 1 and not found.num_missing:
        value = repr(found.present[0])[:40]
        return left_out(found.name, "constant", f"{value} in every row")
    return guess_split(found) or _by_type(found, folder)


def _by_type(found: Profile, folder: Path | None) -> Guess:
    dtype = found.present.dtype
    if dtype == pl.String:
        return guess_paths(found, folder) or guess_text(found)
    if dtype == pl.Binary:
        return guess_bytes(found)
    if dtype.is_numeric() or dtype == pl.Boolean:
        return guess_number(found)
    if dtype in (pl.Date, pl.Datetime):
        low, high = str(found.present.min()), str(found.present.max())
        return Guess(found.name, "time", {}, f"dates from {low} to {high}")
    reason = f"values of type {dtype}: write them as numbers, e.g. seconds"
    return left_out(found.name, "unreadable", reason)


def _nameless(column: Column) -> Column:
    return column if isinstance(column, np.ndarray) else column.alias(NAMELESS)


def _is_constant(column: Column) -> bool:
    if isinstance(column, np.ndarray):
        return False
    if column.dtype.is_nested() or column.dtype == pl.Object:
        return column.null_count() == len(column)
    return column.n_unique() <= 1
