"""`Table`: named columns with one row an example, from a file or from Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from sensorium.data.renaming import RenamedSource, new_names
from sensorium.data.source import Array, Columns, Source
from sensorium.errors import DataError, listing, near, sentence


class Table:
    """A read-only table; `sensorium.data.read` makes one from a file or from Python.

    A table from a large file is not held in memory: each pass over `chunks` reads
    the file again. Missing values are nulls (in NumPy columns: NaN).

    Args:
        source: Where the rows come from.
        folder: Folder that relative paths inside columns start from, or `None`.
        where: Words for messages, e.g. the file's name.
        notes: What reading decided that the user may want to know.
    """

    def __init__(
        self,
        source: Source,
        folder: Path | None = None,
        where: str = "table",
        notes: Sequence[str] = (),
    ) -> None:
        self._source = source
        self._dtypes = dict(source.dtypes)
        self.folder = folder
        self.where = where
        self.notes = tuple(notes)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the source."""
        return tuple(self._dtypes)

    @property
    def dtypes(self) -> Mapping[str, pl.DataType]:
        """Polars type of every column; `pl.Array(inner, shape)` for NumPy columns."""
        return dict(self._dtypes)

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return self._source.num_rows

    def __len__(self) -> int:
        return self.num_rows

    def __repr__(self) -> str:
        return f"Table({self.where!r}, {self.num_rows} rows: {listing(self.columns)})"

    def chunks(
        self, columns: Iterable[str] | None = None, rows: int = 65536
    ) -> Iterator[Columns]:
        """Goes through the rows in their order.

        Args:
            columns: Names of the columns wanted; `None` for all.
            rows: Rows a chunk, at least 1; the last chunk may be shorter.

        Raises:
            DataError: A column does not exist, `rows` is below 1, or the file can no
                longer be read.
        """
        wanted = self.columns if columns is None else self._existing(columns)
        if rows < 1:
            raise DataError(sentence("`rows`", "must be at least 1", rows))
        return self._source.chunks(wanted, rows)

    def head(self, n: int = 5) -> Columns:
        """The first `n` rows, or all if there are fewer.

        Args:
            n: How many rows, at least 1.
        """
        for chunk in self.chunks(rows=n):
            return chunk
        empty = np.zeros(0, np.int64)
        nothing = self._source.take(empty)
        return {name: nothing.column(name) for name in self.columns}

    def take(self, rows: Array) -> Table:
        """Copies some rows into a table in memory.

        Args:
            rows: Positions, 0 for the first row, in the order wanted; may repeat.

        Raises:
            DataError: A position is not a row of this table.
        """
        positions = np.asarray(rows)
        if positions.ndim != 1 or (positions.size and positions.dtype.kind not in "iu"):
            raise DataError(
                sentence(
                    self.where,
                    "rows to take must be a one-dimensional array of positions",
                    f"{positions.dtype} of shape {positions.shape}",
                    "For a mask, give `np.flatnonzero(mask)`.",
                )
            )
        positions = positions.astype(np.int64)
        beyond = positions[(positions < 0) | (positions >= self.num_rows)]
        if beyond.size:
            expected = f"positions must be from 0 to {self.num_rows - 1}"
            raise DataError(sentence(self.where, expected, int(beyond[0])))
        taken = self._source.take(positions)
        return Table(taken, self.folder, self.where, self.notes)

    def at(self, folder: Path) -> Table:
        """The same rows with another base folder for paths inside columns.

        Args:
            folder: The folder.
        """
        return Table(self._source, folder, self.where, self.notes)

    def renamed(self, names: Mapping[str, str]) -> Table:
        """The same rows with other names for some columns; the rest keep theirs.

        Args:
            names: New name -> old name.

        Raises:
            DataError: An old name does not exist, or two columns would have one name.
        """
        require_columns(self, names.values())
        new = new_names(self.where, self.columns, names)
        return Table(
            RenamedSource(self._source, new), self.folder, self.where, self.notes
        )

    def content_key(self) -> str:
        """Words that change when the content changes, equal while it does not.

        For a file: a hash of its bytes (computed again only when its size or time
        has changed). In memory: a hash of names, types and values.
        """
        return self._source.content_key()

    def _existing(self, columns: Iterable[str]) -> tuple[str, ...]:
        if isinstance(columns, str):
            columns = (columns,)
        wanted = tuple(columns)
        require_columns(self, wanted)
        return wanted


def require_columns(table: Table, columns: Iterable[str]) -> None:
    """Refuses, in one message, every column that a table does not have.

    Args:
        table: The table.
        columns: Names that must exist.

    Raises:
        DataError: With all missing names, each with the nearest existing one.
    """
    missing = [name for name in dict.fromkeys(columns) if name not in table.columns]
    if not missing:
        return
    hints = {name: near(name, table.columns) for name in missing}
    parts = [
        f"`{name}` ({hint})" if hint else f"`{name}`" for name, hint in hints.items()
    ]
    word = "column" if len(missing) == 1 else "columns"
    known = listing([f"`{name}`" for name in table.columns], limit=20)
    raise DataError(
        f"{table.where}: no {word} {', '.join(parts)}. The table has {known}."
    )
