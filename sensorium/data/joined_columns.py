"""What the rows of a join hold: values of each table, and gaps where it has no row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl

from sensorium.data.source import Array, Columns, gather
from sensorium.errors import DataError, listing, sentence

_LOOKED_AT = 1000
_LONGEST = 1024
_ELSEWHERE = re.compile(r"^(/|[A-Za-z][A-Za-z0-9+.-]*:)").pattern


def gather_or_miss(column: pl.Series | Array, rows: Array) -> pl.Series | Array:
    """Copies rows; where there is none, the value is missing.

    A missing value is null. NumPy has no null, so that of an array is

    - NaN, for floats, and for rows `(rows, d)` of whole numbers or booleans, which
      become floats for it (whole numbers up to 2**53 keep their value);
    - else null, for which the array becomes a Polars column of type `Array`: pixels
      stay whole numbers.

    Features take each of these for an input that is absent.

    Args:
        column: The values of a table.
        rows: Its rows in the order wanted; -1 for a missing one.
    """
    here = rows >= 0
    if here.all():
        return gather(column, rows)
    if isinstance(column, np.ndarray):
        if column.dtype.kind == "f" or (
            column.ndim == 2 and column.dtype.kind in "biu"
        ):
            return _with_gaps(column, rows, here)
        flat = pl.Series(np.ascontiguousarray(column).ravel())
        column = flat.reshape(column.shape)
    places = pl.Series(rows)
    return column.gather(places.set(places < 0, None))


def _with_gaps(column: Array, rows: Array, here: Array) -> Array:
    floating = column.dtype.kind == "f"
    dtype = column.dtype if floating else np.result_type(column.dtype, np.float32)
    values = np.full((len(rows), *column.shape[1:]), np.nan, dtype)
    values[here] = column[rows[here]]
    return values


def settle_paths(
    names: Sequence[str],
    folders: Sequence[Path | None],
    columns: Sequence[Columns],
) -> tuple[Path | None, list[Columns], list[str]]:
    """One folder for the paths of several tables.

    A column holds paths if one of its first thousand texts is a file below the table's
    folder. If only tables of one folder have such columns, that folder stays. Otherwise
    it is the nearest folder around theirs, and the paths get what leads from there to
    them.

    Args:
        names: How messages call the tables.
        folders: Folder that each table's paths start from.
        columns: The tables' columns.

    Returns:
        The folder, the columns, and what was changed in words.

    Raises:
        DataError: If the folders have nothing in common.
    """
    known = [folder for folder in folders if folder is not None]
    if len({folder.resolve() for folder in known}) <= 1:
        return next(iter(known), None), list(columns), []
    paths = [_path_columns(f, c) for f, c in zip(folders, columns, strict=True)]
    used = [f.resolve() for f, found in zip(folders, paths, strict=True) if f and found]
    if len(set(used)) <= 1:
        return next(iter(used), known[0]), list(columns), []
    root = _around(names, used)
    changed: list[Columns] = []
    notes = []
    for name, folder, own, found in zip(names, folders, columns, paths, strict=True):
        if folder is None or not found or folder.resolve() == root:
            changed.append(own)
            continue
        start = folder.resolve().relative_to(root).as_posix()
        changed.append({**own, **{key: _below(start, own[key]) for key in found}})
        shown = listing([f"`{key}`" for key in found])
        notes.append(f"{name}: the paths in {shown} now begin with `{start}/`.")
    return root, changed, notes


def _path_columns(folder: Path | None, columns: Columns) -> list[str]:
    if folder is None:
        return []
    return [name for name, column in columns.items() if _has_path(folder, column)]


def _has_path(folder: Path, column: pl.Series | Array) -> bool:
    if not isinstance(column, pl.Series) or column.dtype != pl.String:
        return False
    texts = column.drop_nulls().head(_LOOKED_AT)
    fit = texts.filter((texts != "") & (texts.str.len_bytes() <= _LONGEST))
    for text in fit.filter(~fit.str.contains(_ELSEWHERE)).to_list():
        with suppress(OSError, ValueError):  # not a name that the system knows
            if (folder / text).is_file():
                return True
    return False


def _around(names: Sequence[str], folders: Sequence[Path]) -> Path:
    common = folders[0]
    for folder in folders[1:]:
        while common not in (folder, *folder.parents) and common != common.parent:
            common = common.parent
    if common == common.parent:
        text = "the paths in these tables start from folders with nothing in common"
        fix = "Put the files below one folder."
        received = listing([str(folder) for folder in folders])
        raise DataError(sentence(" and ".join(names), text, received, fix))
    return common


def _below(start: str, column: pl.Series | Array) -> pl.Series | Array:
    if not isinstance(column, pl.Series):
        return column
    name = column.name
    there = (column != "") & ~column.str.contains(_ELSEWHERE)
    moved = pl.when(there).then(pl.lit(f"{start}/") + column).otherwise(column)
    return pl.select(moved.alias(name)).to_series()
