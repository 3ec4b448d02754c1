"""`join_tables`: several tables about the same things, side by side by a key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl

from sensorium.data.joined_columns import gather_or_miss, settle_paths
from sensorium.data.matching import JoinReport, Matching, keys_of, match
from sensorium.data.reading import read
from sensorium.data.source import Array, Columns, MemorySource
from sensorium.data.table import Table
from sensorium.errors import DataError, listing, near, sentence

How = Literal["inner", "left", "outer"]
HOWS = ("inner", "left", "outer")
_LEAST = 2


class JoinedTable(Table):
    """The table that `join_tables` makes.

    Args:
        source: The rows.
        folder: As in `Table`.
        where: As in `Table`.
        notes: Those of the tables, and what the join found.
        report: What the join found.
    """

    def __init__(
        self,
        source: MemorySource,
        folder: Path | None,
        where: str,
        notes: Sequence[str],
        report: JoinReport,
    ) -> None:
        super().__init__(source, folder, where, notes)
        self.report = report


def join_tables(
    tables: Mapping[str, Any] | Sequence[Any],
    on: Any,
    how: How | None = None,
    *,
    many: Literal["left"] | None = None,
    as_text: bool = False,
) -> JoinedTable:
    """Joins tables whose rows are about the same things, by a key.

    The rows stand in the order of the first table; those that it does not have follow
    in the order of the others. The key keeps its name in the first table. Columns of
    a table that has no row for a key are missing there: the inputs read from them are
    absent. A missing key matches nothing. The tables are read whole into memory.

    A table's paths start from its own folder; if several folders are concerned, the
    joined table's is the one around them, and the paths are changed to fit (`notes`
    says so).

    Args:
        tables: Two or more tables, or what `read` takes; a mapping gives them names.
        on: The key: a column, a list of columns, or a mapping from the tables' names
            (of two tables also `left` and `right`) to their own.
        how: `inner` keeps the keys that all tables have, `left` those of the first,
            `outer` all. It may be left out if every row matches.
        many: `left` if a key may stand in several rows of the first table, each of
            which takes the others' row. Otherwise a key stands once in each table.
        as_text: Compares whole numbers and texts as texts, 7 with "7".

    Returns:
        The table; `report` counts what matched and `notes` says it in words.

    Raises:
        DataError: Keys differ in type, repeat or do not match at all; `how` is needed
            and not given; or two tables have columns of one name.
    """
    _check_options(how, many)
    named = _named(tables)
    keys = keys_of(list(named), on)
    _check_keys(named, keys)
    _check_columns(named, keys)
    columns = [table.head(max(1, table.num_rows)) for table in named.values()]
    matching = match(list(named), keys, columns, as_text)
    report = matching.report()
    _check_repeats(report, many)
    chosen = _check_matches(report, how)
    folders = [table.folder for table in named.values()]
    folder, columns, moved = settle_paths(list(named), folders, columns)
    joined = _joined(matching, columns, chosen)
    settings = (keys, chosen, as_text, moved)
    source = MemorySource(joined, None, lambda: _content_key(named.values(), settings))
    notes = [note for table in named.values() for note in table.notes]
    notes += [*_words(report, chosen, source.num_rows), *moved]
    return JoinedTable(source, folder, " + ".join(named), notes, report)


def _check_options(how: Any, many: Any) -> None:
    if how is not None and how not in HOWS:
        fix = near(str(how), HOWS)
        raise DataError(sentence("`how`", f"is one of {listing(HOWS)}", how, fix))
    if many not in (None, "left"):
        fix = "Make the table whose keys repeat the first one."
        raise DataError(sentence("`many`", "is `left` or left out", many, fix))


def _named(tables: Any) -> dict[str, Table]:
    """The tables by the names that messages give them."""
    if isinstance(tables, Mapping):
        named = {str(name): read(table, empty=True) for name, table in tables.items()}
    elif isinstance(tables, (list, tuple)):
        found = [read(table, empty=True) for table in tables]
        named = dict(zip(_names([t.where for t in found]), found, strict=True))
    else:
        fix = "Give a list of tables, or a dict of them by name."
        raise DataError(sentence("join", "needs two tables or more", tables, fix))
    if len(named) < _LEAST:
        raise DataError(sentence("join", "needs two tables or more", list(named)))
    return named


def _names(wheres: Sequence[str]) -> Sequence[str]:
    if len(set(wheres)) == len(wheres):
        return wheres
    sides = ["left", "right"]
    many = [f"table {at}" for at in range(1, len(wheres) + 1)]
    return sides if len(wheres) == len(sides) else many


def _check_keys(named: Mapping[str, Table], keys: Sequence[tuple[str, ...]]) -> None:
    for (name, table), own in zip(named.items(), keys, strict=True):
        for key in own:
            if key not in table.columns:
                shown = listing([f"`{column}`" for column in table.columns], 12)
                fix = near(key, table.columns) or f"It has {shown}."
                example = ", ".join(f"{other}: ..." for other in named)
                fix += f" Where the names differ, give `on: {{{example}}}`."
                raise DataError(sentence(name, f"there is no key `{key}`", fix=fix))


def _check_columns(named: Mapping[str, Table], keys: Sequence[tuple[str, ...]]) -> None:
    """Refuses columns of one name in two tables, other than the keys."""
    owner: dict[str, str] = {}
    for at, (name, table) in enumerate(named.items()):
        kept = [c for c in table.columns if at == 0 or c not in keys[at]]
        twice = [c for c in kept if c in owner]
        if twice:
            shown = listing([f"`{column}`" for column in twice])
            new = f"{Path(name).stem}_{twice[0]}"
            raise DataError(
                f"{owner[twice[0]]} and {name}: both have the columns {shown}. Rename "
                f"them in one: `rename: {{{new}: {twice[0]}}}`, or in Python "
                f'`table.renamed({{"{new}": "{twice[0]}"}})`.'
            )
        owner.update(dict.fromkeys(kept, name))


def _check_repeats(report: JoinReport, many: str | None) -> None:
    for at, table in enumerate(report.tables):
        if not table.repeated or (at == 0 and many == "left"):
            continue
        shown = listing(table.repeats)
        keys = (
            "1 key stands" if table.repeated == 1 else f"{table.repeated:,} keys stand"
        )
        text = f"{keys} in more than one row (e.g. {shown})"
        fix = "A join would multiply rows. Keep one row a key"
        if at == 0:
            fix += ", or give `many: left` if they share the others' rows."
        elif not any(other.repeated for other in report.tables if other is not table):
            fix += f", or put {table.name} first and give `many: left`."
        else:
            fix += "."
        where = f"{table.name}, key {table.key}"
        raise DataError(sentence(where, text, fix=fix))


def _check_matches(report: JoinReport, how: How | None) -> How:
    if not report.rows["inner"]:
        raise DataError(
            f"No key stands in all of the tables. {_capital(report)} Look at the keys."
        )
    if how is not None:
        return how
    if report.complete:
        return "inner"
    rows = ", ".join(f"{name} ({report.rows[name]:,} rows)" for name in HOWS)
    raise DataError(
        f"{_capital(report)} Choose `how`: {rows}; "
        "with left and outer some inputs are absent in some rows."
    )


def _capital(report: JoinReport) -> str:
    text = str(report)
    return text[0].upper() + text[1:]


def _joined(matching: Matching, columns: Sequence[Columns], how: How) -> Columns:
    rows = matching.rows(how)
    made: dict[str, pl.Series | Array] = {}
    for at, (own, keys) in enumerate(zip(columns, matching.keys, strict=True)):
        for name, column in own.items():
            if name not in keys:
                made[name] = gather_or_miss(column, rows[at])
            elif at == 0:
                made[name] = _key_column(matching, keys.index(name), name, rows, own)
    return made


def _key_column(
    matching: Matching, at: int, name: str, rows: Sequence[Array], first: Columns
) -> pl.Series:
    """A key's values from the first table, and from the others where it has no row."""
    parts = [values[at] for values in matching.values]
    same = len({types[at] for types in matching.types}) == 1
    if same and isinstance(first[name], pl.Series):
        parts = [part.cast(first[name].dtype) for part in parts]
    found = [gather_or_miss(p, r) for p, r in zip(parts, rows, strict=True)]
    return pl.select(pl.coalesce(found)).to_series().alias(name)


def _words(report: JoinReport, how: How, rows: int) -> list[str]:
    notes = [f"Joined ({how}, {rows:,} rows) by {report}"]
    first = report.tables[0]
    if first.repeated:
        text = "rows of one key should not stand on both sides of the split: "
        notes.append(f"{first.name}: {text}`split: {{group: {first.keys[0]}}}`.")
    return notes


def _content_key(tables: Iterable[Table], settings: Any) -> str:
    text = repr(("join", [table.content_key() for table in tables], settings))
    return hashlib.sha256(text.encode()).hexdigest()
