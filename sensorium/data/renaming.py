"""Columns under other names, without reading or copying the rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from sensorium.data.source import Array, Columns, MemorySource, Source
from sensorium.errors import DataError, listing, sentence


class RenamedSource:
    """The rows of another source with other names of columns.

    Args:
        source: The rows.
        names: New name -> old name, for every column in its order.
    """

    def __init__(self, source: Source, names: Mapping[str, str]) -> None:
        self._source = source
        self._names = dict(names)

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return self._source.num_rows

    @property
    def dtypes(self) -> Mapping[str, pl.DataType]:
        """Polars type of every column, by its new name."""
        dtypes = self._source.dtypes
        return {new: dtypes[old] for new, old in self._names.items()}

    def chunks(self, columns: Sequence[str], rows: int) -> Iterator[Columns]:
        """Yields `columns`, by their new names, in chunks of `rows` rows."""
        old = [self._names[name] for name in columns]
        for chunk in self._source.chunks(old, rows):
            yield {name: _named(chunk[self._names[name]], name) for name in columns}

    def take(self, rows: Array) -> MemorySource:
        """Copies the rows at these positions, in this order, into memory."""
        taken = self._source.take(rows)
        columns = {
            new: _named(taken.column(old), new) for new, old in self._names.items()
        }
        return MemorySource(columns, len(rows))

    def content_key(self) -> str:
        """Words that change when the content or a name changes."""
        text = repr((self._source.content_key(), list(self._names.items())))
        return hashlib.sha256(text.encode()).hexdigest()


def new_names(
    where: str, columns: Sequence[str], names: Mapping[str, str]
) -> dict[str, str]:
    """New name -> old name for every column of a table.

    Args:
        where: How messages call the table.
        columns: Its columns; the old names in `names` must be among them.
        names: New name -> old name, of those that change.

    Raises:
        DataError: A column would get two names, or two columns one name.
    """
    olds = list(names.values())
    twice = [old for old in dict.fromkeys(olds) if olds.count(old) > 1]
    if twice:
        text = f"column `{twice[0]}` is given two names"
        raise DataError(sentence(where, text, [n for n in names if names[n] in twice]))
    new_of = {old: new for new, old in names.items()}
    result = [new_of.get(old, old) for old in columns]
    taken = [name for name in dict.fromkeys(result) if result.count(name) > 1]
    if taken:
        text = f"two columns would be called {listing([f'`{n}`' for n in taken])}"
        fix = "Choose another name, or rename the other column too."
        raise DataError(sentence(where, text, fix=fix))
    return dict(zip(result, columns, strict=True))


def _named(column: pl.Series | Array, name: str) -> pl.Series | Array:
    return column.alias(name) if isinstance(column, pl.Series) else column
