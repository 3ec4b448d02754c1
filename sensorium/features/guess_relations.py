"""What columns are to each other: runs of numbered columns, copies of a column."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from sensorium.features import guess_names
from sensorium.features.base import Column, Columns
from sensorium.features.guess_profile import Guess, left_out, share

_MISSING = 0.05
"""Share of missing numbers up to which a run of columns is one vector."""


def join_runs(
    guesses: Sequence[Guess], columns: Columns, taken: Iterable[str] = ()
) -> list[Guess]:
    """Makes one input of each run of numbered columns such as `fou_0` to `fou_75`.

    Five or more columns of numbers make a run; it becomes a vector, or, where more
    than a twentieth of its numbers is missing, numbers, which flag what is missing.

    Args:
        guesses: One guess for each column.
        columns: The columns.
        taken: Columns that must stay by themselves, e.g. targets.
    """
    out = ("split", "fold", "unreadable")
    apart = {*taken} | {guess.column for guess in guesses if guess.role in out}
    numeric = [
        guess.column
        for guess in guesses
        if guess.column not in apart and _is_numeric(columns[guess.column])
    ]
    runs = {
        run[0]: _run(prefix, run, columns)
        for prefix, run in guess_names.numbered(numeric).items()
    }
    members = {name for run in runs.values() for name in run.columns}
    return [
        runs.get(guess.column, guess)
        for guess in guesses
        if guess.column in runs or guess.column not in members
    ]


def leave_copies(
    guesses: Sequence[Guess], columns: Columns, taken: Iterable[str] = ()
) -> list[Guess]:
    """Leaves out columns that repeat an earlier one, value by value or name by name.

    Args:
        guesses: The guesses.
        columns: The columns.
        taken: Columns that are no inputs, e.g. targets.
    """
    wanted = [
        guess
        for guess in guesses
        if guess.kind and len(guess.columns) == 1 and guess.column not in {*taken}
    ]
    copies = _later(wanted, lambda guess: _content(columns[guess.column]))
    renamed = _later(
        [guess for guess in wanted if guess.kind == "category"],
        lambda guess: _ranks(columns[guess.column]),
    )
    return [
        _as_copy(guess, copies, renamed) if guess.kind else guess for guess in guesses
    ]


def _as_copy(
    guess: Guess, copies: Mapping[str, str], renamed: Mapping[str, str]
) -> Guess:
    name = guess.column
    if name in copies:
        reason = f"the same as `{copies[name]}` in every row"
    elif name in renamed:
        reason = f"each value stands for one value of `{renamed[name]}`"
    else:
        return guess
    return left_out(name, "duplicate", reason, guess.kind)


def _is_numeric(column: Column) -> bool:
    return isinstance(column, pl.Series) and (
        column.dtype.is_numeric() or column.dtype == pl.Boolean
    )


def _run(prefix: str, run: tuple[str, ...], columns: Columns) -> Guess:
    rows = max(len(columns[run[0]]), 1)
    missing = sum(_missing(columns[name]) for name in run)
    arguments = {"columns": list(run)}
    reason = f"{len(run)} columns of numbers, `{run[0]}` to `{run[-1]}`"
    if missing <= _MISSING * rows * len(run):
        return Guess(prefix or "values", "vector", arguments, reason)
    reason += f"; {share(missing, rows * len(run))} missing, which `number` flags"
    return Guess(prefix or "values", "number", arguments, reason)


def _missing(column: Column) -> int:
    series = pl.Series(column)
    nans = series.is_nan().sum() if series.dtype.is_float() else 0
    return series.null_count() + int(nans or 0)


def _later(
    guesses: Sequence[Guess], key: Callable[[Guess], object | None]
) -> dict[str, str]:
    """Column -> the first column that has the same key."""
    first: dict[object, str] = {}
    found: dict[str, str] = {}
    for guess in guesses:
        value = key(guess)
        if value is not None and first.setdefault(value, guess.column) != guess.column:
            found[guess.column] = first[value]
    return found


def _content(column: Column) -> object:
    """Bytes that two columns share only if their values are equal."""
    if isinstance(column, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(column).tobytes()).digest()
        return ("array", column.shape, str(column.dtype), digest)
    if _is_numeric(column):
        values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
        return ("numbers", hashlib.sha256((values + 0.0).tobytes()).digest())
    if column.dtype == pl.Binary:
        cells = column.to_list()
        texts = [b"-" if c is None else hashlib.sha256(c).digest() for c in cells]
        return ("bytes", hashlib.sha256(b"".join(texts)).digest())
    if column.dtype.is_nested():
        return ("lists", hashlib.sha256(repr(column.to_list()).encode()).digest())
    return ("texts", _digest(column.cast(pl.String)))


def _digest(texts: pl.Series) -> bytes:
    lengths = texts.str.len_bytes().cast(pl.Int64).fill_null(-1).to_numpy()
    joined = texts.str.join(ignore_nulls=True).item()
    return hashlib.sha256(lengths.tobytes() + (joined or "").encode()).digest()


def _ranks(column: Column) -> object | None:
    """Equal for columns whose values stand for each other one to one."""
    series = pl.Series(column)
    num = series.drop_nulls().n_unique()
    if num < 3 or len(series) < 5 * num:
        return None
    order = {
        value: at
        for at, value in enumerate(series.drop_nulls().unique(maintain_order=True))
    }
    codes = series.replace_strict(order, default=-1, return_dtype=pl.Int32)
    return hashlib.sha256(codes.to_numpy().tobytes()).digest()
