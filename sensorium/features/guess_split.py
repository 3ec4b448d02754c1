"""Guesses for columns that say which rows are held out: splits and folds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from sensorium.features import guess_names
from sensorium.features.base import Columns
from sensorium.features.guess_profile import Guess, Profile, left_out

_FOLDS = 50


def guess_split(found: Profile) -> Guess | None:
    """Recognises a column that splits the table; such a column is never an input.

    Its `arguments` are those of the recipe's `split`.

    Args:
        found: A column with at least one value.
    """
    if found.present.dtype == pl.String:
        return _named_parts(found)
    if guess_names.flagged_part(found.name) and _is_true_or_false(found):
        return _flagged(found)
    if not found.present.dtype.is_integer() or found.num_unique > _FOLDS:
        return None
    if guess_names.is_fold(found.name):
        return _folds(found)
    if guess_names.is_split(found.name) and found.num_unique > 1:
        reason = f"the name says split, but not which part is for what: {found.seen()}"
        return left_out(found.name, "fold", reason, "category")
    return None


def _named_parts(found: Profile) -> Guess | None:
    if found.num_unique > 6:
        return None
    by_part: dict[str, list[Any]] = {}
    for value in found.unique.to_list():
        part = guess_names.part_of(value)
        if part is None:
            return None
        by_part.setdefault(part, []).append(value)
    if "train" not in by_part or len(by_part) < 2:
        return None
    values = ", ".join(f"`{value}`" for value in found.unique.to_list())
    return _split(found, by_part, f"says which rows are held out: {values}")


def _is_true_or_false(found: Profile) -> bool:
    if found.present.dtype == pl.Boolean:
        return found.num_unique == 2
    if not found.present.dtype.is_numeric():
        return False
    return found.unique.sort().to_list() == [0, 1]


def _flagged(found: Profile) -> Guess:
    part = guess_names.flagged_part(found.name) or "test"
    boolean = found.present.dtype == pl.Boolean
    yes, no = (True, False) if boolean else (1, 0)
    by_part = {"train": [yes], "test": [no]} if part == "train" else {part: [yes]}
    marked = found.present.cast(pl.Int8).to_numpy() == (part != "train")
    held_out = float(marked.mean())
    reason = f"marks the rows for {part} ({held_out:.0%} of the rows are held out)"
    return _split(found, by_part, reason.replace("%", " %"))


def _split(found: Profile, by_part: Mapping[str, list[Any]], reason: str) -> Guess:
    if found.num_missing:
        text = f"{reason}, but is missing in {found.num_missing:,} rows: fill these"
        return left_out(found.name, "fold", text)
    held_out = {part: by_part[part] for part in ("valid", "test") if part in by_part}
    guess = left_out(found.name, "split", reason)
    arguments = {"column": found.name, **held_out}
    return Guess(**{**vars(guess), "arguments": arguments})


def _folds(found: Profile) -> Guess | None:
    values = found.unique.sort().to_list()
    if len(values) < 2:
        return None
    reason = f"folds of a cross-validation, {values[0]} to {values[-1]}"
    guess = left_out(found.name, "fold", reason)
    if found.num_missing:
        return guess.warned(f"missing in {found.num_missing:,} rows")
    arguments = {"column": found.name, "test": values[:1], "valid": values[1:2]}
    return Guess(**{**vars(guess), "arguments": arguments})


def training_rows(
    columns: Columns, guesses: Iterable[Guess], targets: Collection[str] = ()
) -> Columns:
    """The rows that no split column holds out; all rows if there is none.

    Args:
        columns: The columns.
        guesses: What they are.
        targets: Columns that are targets, whatever else they look like.
    """
    for guess in guesses:
        if guess.role == "split" and guess.column not in targets:
            parts = (guess.arguments.get(part, ()) for part in ("valid", "test"))
            held_out = [value for part in parts for value in part]
            marked = pl.Series(columns[guess.column]).is_in(held_out).fill_null(False)
            rows = np.flatnonzero(~marked.to_numpy())
            return {name: column[rows] for name, column in columns.items()}
    return columns
