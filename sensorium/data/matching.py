"""Keys of several tables: of one type, unique, and which of them match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sensorium.data.key_types import alike
from sensorium.data.source import Array, Columns
from sensorium.errors import DataError, listing, near, sentence

EXAMPLES = 3
_SIDES = ("left", "right")


@dataclass(frozen=True)
class KeyReport:
    """What a join finds in one of its tables.

    Args:
        name: How messages call the table.
        keys: Its key columns.
        types: Their Polars types, as words.
        rows: How many rows it has.
        matched: Rows whose key every other table has.
        alone: Rows whose key no other table has.
        missing: Rows without a key, which match nothing.
        repeated: Keys that stand in more than one row.
        repeats: At most three of these keys.
        alone_examples: At most three keys that no other table has.
    """

    name: str
    keys: tuple[str, ...]
    types: tuple[str, ...]
    rows: int
    matched: int
    alone: int
    missing: int
    repeated: int
    repeats: tuple[str, ...]
    alone_examples: tuple[str, ...]

    @property
    def key(self) -> str:
        """The key columns as messages show them."""
        return ", ".join(f"`{key}`" for key in self.keys)

    def __str__(self) -> str:
        parts = [f"{self.name}: {self.rows:,} rows, {self.matched:,} matched"]
        if self.alone:
            shown = listing(self.alone_examples, EXAMPLES)
            parts.append(f"{self.alone:,} in no other table (e.g. {shown})")
        partly = self.rows - self.matched - self.alone - self.missing
        if partly:
            parts.append(f"{partly:,} in some other tables")
        if self.missing:
            parts.append(f"{self.missing:,} without a key")
        if self.repeated:
            shown = listing(self.repeats, EXAMPLES)
            keys = "1 key" if self.repeated == 1 else f"{self.repeated:,} keys"
            parts.append(f"{keys} in more than one row (e.g. {shown})")
        return ", ".join(parts)


@dataclass(frozen=True)
class JoinReport:
    """What a join finds in its tables.

    Args:
        tables: One report a table, in their order.
        rows: How many rows each `how` gives: inner, left, outer.
    """

    tables: tuple[KeyReport, ...]
    rows: Mapping[str, int]

    @property
    def complete(self) -> bool:
        """Whether every row of every table matches."""
        return all(table.matched == table.rows for table in self.tables)

    def __str__(self) -> str:
        keys = list(dict.fromkeys(table.key for table in self.tables))
        found = "; ".join(str(table) for table in self.tables)
        return f"key {' = '.join(keys)}: {found}."


@dataclass(frozen=True)
class Matching:
    """The keys of several tables, numbered so that equal keys have equal numbers.

    Args:
        names: How messages call the tables.
        keys: Key columns of each table.
        values: Their values, of one type in all tables, by table and key.
        types: Their types as they came.
        codes: The number of each row's key, by table; -1 where a part of it is missing.
    """

    names: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    values: tuple[tuple[pl.Series, ...], ...]
    types: tuple[tuple[str, ...], ...]
    codes: tuple[Array, ...]

    def rows(self, how: str) -> list[Array]:
        """The row of each table that stands in each row of the join; -1 for none.

        Args:
            how: `inner`, `left` or `outer`.
        """
        first = self.codes[0]
        rows = [np.arange(len(first)), *(self._find(at, first) for at in self._others)]
        if how == "inner":
            kept = np.all(np.stack(rows) >= 0, axis=0)
            return [row[kept] for row in rows]
        if how == "outer":
            more = [self._added(at) for at in self._others]
            return [np.concatenate(parts) for parts in zip(rows, *more, strict=True)]
        return rows

    def report(self) -> JoinReport:
        """Counts what matches and what does not."""
        rows = {how: len(self.rows(how)[0]) for how in ("inner", "left", "outer")}
        return JoinReport(tuple(self._report(at) for at in range(len(self.keys))), rows)

    def show(self, table: int, rows: Array) -> tuple[str, ...]:
        """The keys of some rows for messages."""
        keys = [
            [values[int(row)] for values in self.values[table]]
            for row in rows[:EXAMPLES]
        ]
        return tuple(" + ".join(repr(part) for part in key) for key in keys)

    @property
    def _others(self) -> range:
        return range(1, len(self.codes))

    def _places(self, table: int) -> Array:
        """The first row of each key in a table, -1 for none; one entry too many."""
        size = sum(map(len, self.codes))
        places = np.full(size + 1, -1)
        backwards = np.arange(len(self.codes[table]))[::-1]
        places[self.codes[table][backwards]] = backwards
        places[-1] = -1  # what a missing key, -1, has written
        return places

    def _find(self, table: int, codes: Array) -> Array:
        found: Array = self._places(table)[codes]
        return found

    def _added(self, table: int) -> list[Array]:
        """Rows of a table that none of the tables before it has."""
        codes = self.codes[table]
        seen = [self._find(at, codes) >= 0 for at in range(table)]
        fresh = np.flatnonzero(~np.any(seen, axis=0))
        nothing = np.full(len(fresh), -1)
        later = [self._find(at, codes[fresh]) for at in self._others if at > table]
        return [*[nothing] * table, fresh, *later]

    def _report(self, table: int) -> KeyReport:
        codes = self.codes[table]
        others = [at for at in range(len(self.codes)) if at != table]
        found = np.stack([self._find(at, codes) >= 0 for at in others])
        missing = codes < 0
        alone = ~found.any(axis=0) & ~missing
        _, first, counts = np.unique(
            codes[~missing], return_index=True, return_counts=True
        )
        repeats = np.flatnonzero(~missing)[np.sort(first[counts > 1])]
        return KeyReport(
            self.names[table],
            self.keys[table],
            self.types[table],
            len(codes),
            int(found.all(axis=0).sum()),
            int(alone.sum()),
            int(missing.sum()),
            int((counts > 1).sum()),
            self.show(table, repeats),
            self.show(table, np.flatnonzero(alone)),
        )


def match(
    names: Sequence[str],
    keys: Sequence[tuple[str, ...]],
    columns: Sequence[Columns],
    as_text: bool = False,
) -> Matching:
    """Numbers the keys of several tables.

    Args:
        names: How messages call the tables.
        keys: Key columns of each table, as many in each.
        columns: The tables' columns.
        as_text: Whether numbers and texts are compared as texts.

    Raises:
        DataError: A key's types differ, or cannot be keys.
    """
    by_key = []
    for trio in zip(*keys, strict=True):
        found = [table[key] for table, key in zip(columns, trio, strict=True)]
        by_key.append(alike(names, trio, found, as_text))
    values = tuple(zip(*by_key, strict=True))
    types = tuple(
        tuple(str(table[key].dtype) for key in own)
        for table, own in zip(columns, keys, strict=True)
    )
    return Matching(tuple(names), tuple(keys), values, types, _codes(values))


def keys_of(names: Sequence[str], on: Any) -> list[tuple[str, ...]]:
    """The key columns of each table.

    Args:
        names: How messages call the tables.
        on: A column or several, or for each table by its name its own.

    Raises:
        DataError: It is none of these, or a name is not that of a table.
    """
    if not isinstance(on, Mapping):
        return [_key(on)] * len(names)
    places = {name: at for at, name in enumerate(names)}
    if len(names) == len(_SIDES):
        places.update({side: at for at, side in enumerate(_SIDES)})
    keys: dict[int, tuple[str, ...]] = {}
    for name, key in on.items():
        if name not in places:
            fix = near(str(name), places) or f"The tables are {listing(names)}."
            raise DataError(sentence("`on`", f"there is no table `{name}`", fix=fix))
        keys[places[name]] = _key(key)
    lacking = [name for at, name in enumerate(names) if at not in keys]
    if lacking:
        raise DataError(sentence("`on`", f"names no key of {listing(lacking)}"))
    if len({len(key) for key in keys.values()}) > 1:
        raise DataError(sentence("`on`", "every table needs as many keys", dict(on)))
    return [keys[at] for at in range(len(names))]


def _key(key: Any) -> tuple[str, ...]:
    columns = (key,) if isinstance(key, str) else key
    known = isinstance(columns, Sequence) and bool(columns)
    if not known or not all(isinstance(name, str) and name for name in columns):
        fix = "Give a column's name, a list of them, or `{table: column}`."
        raise DataError(sentence("`on`", "must name the key", key, fix))
    return tuple(columns)


def _codes(values: Sequence[Sequence[pl.Series]]) -> tuple[Array, ...]:
    """The row, in all tables one after another, in which each key comes first."""
    frames = [
        pl.DataFrame({str(at): column for at, column in enumerate(own)})
        for own in values
    ]
    stacked = pl.concat(frames)
    names = stacked.columns
    lost = stacked.select(pl.any_horizontal(pl.all().is_null())).to_series().to_numpy()
    first = stacked.with_row_index("row").select(pl.col("row").first().over(names))
    codes = np.where(lost, -1, first.to_series().to_numpy().astype(np.int64))
    return tuple(np.split(codes, np.cumsum([len(frame) for frame in frames])[:-1]))
