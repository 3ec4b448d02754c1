"""Values of keys brought to one type, or refused with examples of each."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sensorium.data.source import Array
from sensorium.errors import DataError, listing, sentence

_EXAMPLES = 3
_NUMBER, _TEXT = "whole numbers", "texts"
_EXACT = 2**53


def alike(
    names: Sequence[str],
    keys: Sequence[str],
    columns: Sequence[pl.Series | Array],
    as_text: bool = False,
) -> list[pl.Series]:
    """One key's values of all tables, of one type.

    Whole numbers of every width are alike, floats that hold nothing else among them;
    so are times of every unit, in one zone or none.

    Args:
        names: How messages call the tables.
        keys: The key's column in each table.
        columns: Its values.
        as_text: Whether numbers and texts are compared as texts, 7 with "7".

    Raises:
        DataError: The types differ, with counts and examples, or cannot be keys.
    """
    wheres = [f"{n}, key `{key}`" for n, key in zip(names, keys, strict=True)]
    read = [_plain(where, c) for where, c in zip(wheres, columns, strict=True)]
    kinds = [_kind(where, column) for where, column in zip(wheres, read, strict=True)]
    found = dict.fromkeys(kind for kind in kinds if kind)
    if as_text and set(found) <= {_NUMBER, _TEXT}:
        return [column.cast(pl.String) for column in read]
    if len(found) > 1:
        raise _differ(wheres, read, kinds)
    dtypes = {column.dtype for column, kind in zip(read, kinds, strict=True) if kind}
    if len(dtypes) > 1:
        read = [_common(where, c) for where, c in zip(wheres, read, strict=True)]
        dtypes = {
            column.dtype for column, kind in zip(read, kinds, strict=True) if kind
        }
    wanted = next(iter(dtypes), pl.String())
    return [
        column if kind else column.cast(wanted) for column, kind in _pairs(read, kinds)
    ]


def _pairs(
    columns: Sequence[pl.Series], kinds: Sequence[str]
) -> list[tuple[pl.Series, str]]:
    return list(zip(columns, kinds, strict=True))


def _plain(where: str, column: pl.Series | Array) -> pl.Series:
    """Floats of whole numbers, as pandas makes of numbers with gaps, as integers."""
    if not isinstance(column, pl.Series):
        shape = "x".join(map(str, column.shape))
        text = "a key must be one value a row"
        raise DataError(sentence(where, text, f"an array of {shape}"))
    if not column.dtype.is_float():
        return column
    known = column.fill_nan(None)
    odd = known.filter((known != known.round()) | (known.abs() > _EXACT))
    if len(odd):
        fix = "Use whole numbers, texts or dates."
        raise DataError(sentence(where, "fractions cannot be keys", odd[0], fix))
    return known.cast(pl.Int64)


def _kind(where: str, column: pl.Series) -> str:
    """A word for what may be compared; empty for a column without values."""
    dtype = column.dtype
    if column.null_count() == len(column):
        return ""
    if dtype.is_integer():
        return _NUMBER
    if isinstance(dtype, pl.Datetime):
        return "times with a zone" if dtype.time_zone else "times without a zone"
    words = {
        pl.String: _TEXT,
        pl.Binary: "bytes",
        pl.Boolean: "true and false",
        pl.Date: "dates",
    }
    if dtype.base_type() not in words:
        fix = "Use whole numbers, texts or dates."
        raise DataError(sentence(where, "this type cannot be a key", str(dtype), fix))
    return words[dtype.base_type()]


def _common(where: str, column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        zone = "UTC" if dtype.time_zone else None
        return column.cast(pl.Datetime("ns", dtype.time_zone)).cast(
            pl.Datetime("ns", zone)
        )
    if column.dtype == pl.UInt64 and (column > 2**63 - 1).any():
        text = "these whole numbers are over 63 bits and cannot be compared with signed"
        raise DataError(sentence(where, text, column.max(), "Save both as texts."))
    return column.cast(pl.Int64) if dtype.is_integer() else column


def _differ(
    wheres: Sequence[str], columns: Sequence[pl.Series], kinds: Sequence[str]
) -> DataError:
    parts = []
    for where, column, kind in zip(wheres, columns, kinds, strict=True):
        known = column.drop_nulls()
        shown = listing([repr(value) for value in known.head(_EXAMPLES).to_list()])
        parts.append(f"{where}: {len(known):,} {kind or 'values'} (e.g. {shown})")
    text = f"Keys of different types never match. {'; '.join(parts)}. "
    if set(kinds) - {""} == {_NUMBER, _TEXT}:
        return DataError(f"{text}{_as_text(columns)}")
    return DataError(f"{text}Save both as one type.")


def _as_text(columns: Sequence[pl.Series]) -> str:
    """What comparing as texts would do, and how to ask for it."""
    known = [set(column.drop_nulls().cast(pl.String).to_list()) for column in columns]
    both = len(set.intersection(*known))
    if both:
        found = "1 key matches" if both == 1 else f"{both:,} keys match"
        return f"As texts {found}: give `as_text: true`, or save both as one type."
    return "As texts none match either (leading zeros?): save both alike."
