"""Guesses for columns of numbers: amounts, codes, identifiers, groups, 0/1."""

from __future__ import annotations

import polars as pl

from sensorium.features import guess_names
from sensorium.features.guess_profile import Guess, Profile, left_out, shown

_LARGEST = 1e38
_FEW = 20
_SECONDS = (1e8, 4.2e9)  # 1973 to 2103


def guess_number(found: Profile) -> Guess:
    """Guesses what a column of numbers or booleans means.

    Two values are a category; whole numbers are numbers unless their name says code,
    because the order of counts and ratings is worth keeping and an encoder of numbers
    can tell a few codes apart, while a category forgets the order.

    Args:
        found: The column; it has at least one value.
    """
    if found.present.dtype == pl.Boolean:
        return _two(found)
    infinite = (found.present.cast(pl.Float64).abs() > _LARGEST).sum()
    if infinite:
        reason = f"infinite in {infinite:,} rows; replace these values first"
        return left_out(found.name, "unreadable", reason, "number")
    if found.num_unique <= 2:
        return _two(found)
    if not is_whole(found.present):
        return Guess(found.name, "number", {}, f"numbers: {found.seen()}")
    return _whole(found)


def is_whole(values: pl.Series) -> bool:
    """Whether all the numbers are whole."""
    return values.dtype.is_integer() or bool(
        ((values == values.floor()) & (values.abs() < 2**53)).all()
    )


def _two(found: Profile) -> Guess:
    values = " and ".join(shown(value) for value in found.unique.sort().to_list())
    if found.num_unique == 1:
        reason = f"{values} or missing: only whether it is there can tell something"
        return Guess(found.name, "category", {}, reason)
    reason = f"two values, {values}: {found.rows()}"
    return Guess(found.name, "category", {}, reason)


def _whole(found: Profile) -> Guess:
    name = found.name
    points = guess_names.is_reference(name) or guess_names.is_group(name)
    if found.all_differ and found.num_present > 2:
        return _all_different(found)
    if points and found.num_unique > 2:
        return _pointing(found)
    if guess_names.means_code(name) and found.repeats >= 2:
        reason = f"whole numbers that name something: {found.seen()}"
        return Guess(name, "category", {}, reason)
    return _amount(found)


def _amount(found: Profile) -> Guess:
    low, high = (shown(value) for value in (found.present.min(), found.present.max()))
    reason = f"whole numbers from {low} to {high}: {found.seen()}"
    if found.num_unique <= _FEW:
        reason += "; read as numbers to keep their order (for codes: category)"
    guess = Guess(found.name, "number", {}, reason)
    if guess_names.means_time(found.name) and found.present.min() > _SECONDS[0]:  # type: ignore[operator]
        return guess.warned("maybe seconds since 1970; write dates to use `time`")
    return guess


def _pointing(found: Profile) -> Guess:
    """A number that points at something which several rows may share."""
    if guess_names.is_group(found.name) or found.repeats < 5:
        reason = f"rows that belong together share a number: {found.seen()}"
        return left_out(found.name, "group", reason, "category")
    reason = f"whole numbers that point at something: {found.seen()}"
    warning = f"if new rows bring new values, split by `group: {found.name}`"
    return Guess(found.name, "category", {}, reason).warned(warning)


def _all_different(found: Profile) -> Guess:
    why = _why_identifier(found)
    if why:
        reason = f"all {found.num_present:,} values differ and {why}"
        return left_out(found.name, "id", reason, "number")
    guess = _amount(found)
    if found.num_present < _FEW or guess_names.means_time(found.name):
        return guess
    return guess.warned("all values differ; if they only name the rows, remove them")


def _why_identifier(found: Profile) -> str:
    """Why whole numbers that all differ name the rows, or nothing."""
    name, values = found.name, found.present
    if guess_names.is_identifier(name) or guess_names.is_group(name):
        return "the name says identifier"
    if guess_names.means_time(name) or found.num_present < 5:
        return ""
    steps = values.cast(pl.Float64).diff().drop_nulls()
    if steps.n_unique() == 1:
        return "rise by the same step: a row number"
    many = found.num_present >= 50
    if many and (bool((steps > 0).all()) or bool((steps < 0).all())):
        return "are sorted, as numbers given one after another are"
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    if many and high - low + 1 <= 2 * found.num_present:
        return "fill their range: row numbers in another order"
    whole = values if values.dtype.is_integer() else values.cast(pl.Int64)
    digits = whole.cast(pl.String).str.len_chars()
    if many and digits.n_unique() == 1 and digits[0] >= 8:
        return f"have {digits[0]} digits each: codes"
    return ""
