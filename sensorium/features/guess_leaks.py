"""Columns that give a target away: they know what is to be predicted.

A column alone is asked for the target: half of the rows say which value of the column
goes with which target, the other half is predicted from that. Near-perfect means that
the column was made from the target, or is written down after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from sensorium.features import guess_names
from sensorium.features.base import Column, Columns
from sensorium.features.guess_profile import Guess, profile

_PERFECT = 0.99
_GAP = 0.15
"""How far a column of measured numbers must stand out to be called a leak."""

_ROWS = 20_000
_LEAST = 40
_CLASS_ROWS = 5
"""Rows of a class among the predicted ones from which on it counts."""

_BINS = 100
_BIN_ROWS = 12
_FEW = 20


@dataclass(frozen=True)
class Leak:
    """What makes a column suspicious as an input for a target.

    Args:
        column: The column.
        target: The target it may give away.
        reason: Why, in words for the user.
        certain: Whether it should be left out; otherwise it needs a look.
    """

    column: str
    target: str
    reason: str
    certain: bool


def find_leaks(
    columns: Columns, guesses: Sequence[Guess], heads: Mapping[str, str]
) -> list[Leak]:
    """Finds the columns that give targets away.

    A column is certain to be one when its value alone, or only whether it is missing,
    predicts the target at 0.99 or better (balanced accuracy; for numbers, R2 of the
    ranks) on rows it was not asked about before. Texts, pictures and other rich
    inputs are never certain, since predicting from them is the purpose; nor are
    measured numbers that separate classes unless they stand far above other columns.

    Args:
        columns: The rows to look at, training rows where these are known.
        guesses: What the columns are.
        heads: Target -> the word of its head; of masks and flags nothing is asked.
    """
    wanted = [guess for guess in guesses if guess.kind and guess.column not in heads]
    some = _some_rows(columns)
    asked = [
        _Column(guess, name, some[name], _codes(some[name]))
        for guess in wanted
        for name in guess.columns
    ]
    return [
        leak
        for name, head in heads.items()
        if head in ("classification", "regression")
        for leak in _of_target(asked, _target(name, some[name], head))
    ]


@dataclass(frozen=True)
class _Column:
    """A column that is asked for the target, as codes; `None` where it has none."""

    guess: Guess
    name: str
    values: Column
    codes: np.ndarray | None

    @property
    def alone(self) -> bool:
        """Whether it is an input by itself, not one of a run of columns."""
        return len(self.guess.columns) == 1

    def leak(self, target: _Target, reason: str, certain: bool) -> Leak:
        return Leak(self.guess.column, target.name, reason, certain)


def _some_rows(columns: Columns) -> dict[str, Column]:
    rows = len(next(iter(columns.values())))
    if rows <= _ROWS:
        return dict(columns)
    picked = np.sort(np.random.default_rng(0).permutation(rows)[:_ROWS])
    return {name: column[picked] for name, column in columns.items()}


@dataclass(frozen=True)
class _Target:
    """A target as codes of classes or as ranks, and where it is known."""

    name: str
    values: np.ndarray
    known: np.ndarray
    classes: int

    @property
    def half(self) -> np.ndarray:
        """Which of the known rows teach; the others are predicted."""
        order = np.random.default_rng(0).permutation(int(self.known.sum()))
        return np.asarray(order % 2 == 0)


def _of_target(asked: Sequence[_Column], target: _Target) -> list[Leak]:
    if target.known.sum() < _LEAST:
        return []
    scores = [_score(column.codes, target) for column in asked]
    rest = [score for score in scores if score < _PERFECT]
    best = max(rest, default=0.5 if target.classes else 0.0)
    found = [
        _sure(column, target, best) if score >= _PERFECT else _doubt(column, target)
        for column, score in zip(asked, scores, strict=True)
    ]
    return [leak for leak in found if leak is not None]


def _target(name: str, column: Column, head: str) -> _Target:
    values = profile(name, pl.Series(column)).values
    known = values.is_not_null().to_numpy()
    present = values.drop_nulls()
    if head == "classification":
        codes = present.rank("dense").to_numpy().astype(np.int64) - 1
        return _Target(name, codes, known, int(codes.max(initial=0)) + 1)
    numbers = present.cast(pl.Float64, strict=False).fill_null(0.0)
    return _Target(name, numbers.rank().to_numpy(), known, 0)


def _codes(column: Column) -> np.ndarray | None:
    """A small whole number for each value, 0 where it is missing; `None` for arrays.

    Numbers with many values are cut into at most a hundred bins of about equal size, of
    a dozen rows or more. Of bytes and lists only whether they are missing counts.
    """
    if isinstance(column, np.ndarray):
        return None
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        return column.is_not_null().to_numpy().astype(np.int64)
    values = profile("", column).values
    ranks = values.rank("dense").fill_null(0).to_numpy().astype(np.int64)
    count = min(_BINS, max(10, len(values) // _BIN_ROWS))
    if not values.dtype.is_numeric() or ranks.max(initial=0) <= count:
        return ranks
    order = values.rank("average").fill_null(0).to_numpy()
    bins = np.ceil(order * count / order.max()).astype(np.int64)
    return np.where(ranks == 0, 0, bins)


def _score(codes: np.ndarray | None, target: _Target) -> float:
    """How well the codes alone predict the target, 0 to 1."""
    if codes is None:
        return 0.0
    codes = codes[target.known]
    codes = np.unique(codes, return_inverse=True)[1]
    if codes.max(initial=0) == 0:
        return 0.0
    return _class_score(codes, target) if target.classes else _rank_score(codes, target)


def _class_score(codes: np.ndarray, target: _Target) -> float:
    teach, classes = target.half, target.classes
    size = int(codes.max()) + 1
    cells = codes[teach] * classes + target.values[teach]
    table = np.bincount(cells, minlength=size * classes).reshape(size, classes)
    truth = target.values[~teach]
    right = table.argmax(axis=1)[codes[~teach]] == truth
    counts = np.bincount(truth, minlength=classes)
    hits = np.bincount(truth, weights=right, minlength=classes)
    asked = counts >= _CLASS_ROWS
    if asked.sum() < 2:
        return 0.0
    return float(np.mean(hits[asked] / counts[asked]))


def _rank_score(codes: np.ndarray, target: _Target) -> float:
    """R2 of the ranks: by the mean of each code, or by a line if that is better."""
    teach = target.half
    size = int(codes.max()) + 1
    counts = np.bincount(codes[teach], minlength=size)
    sums = np.bincount(codes[teach], weights=target.values[teach], minlength=size)
    mean = float(target.values[teach].mean())
    answers = np.where(counts > 0, sums / np.maximum(counts, 1), mean)
    truth = target.values[~teach]
    error = float(np.mean((answers[codes[~teach]] - truth) ** 2))
    line = float(np.corrcoef(codes, target.values)[0, 1]) ** 2
    return max(line, 1.0 - error / max(float(truth.var()), 1e-12))


def _sure(column: _Column, target: _Target, best: float) -> Leak:
    """What a column is that predicts the target, with why it may stay all the same."""
    name, guess = column.name, column.guess
    there = pl.Series(column.values).is_not_null().to_numpy().astype(np.int64)
    if _score(there, target) >= _PERFECT:
        reason = f"whether `{name}` is missing gives `{target.name}` away"
        return column.leak(target, reason, column.alone)
    reason = f"`{name}` alone gives `{target.name}` away"
    if not column.alone or guess.kind not in ("number", "category"):
        return column.leak(target, reason, False)
    measured = guess.kind == "number" and pl.Series(column.values).n_unique() > _FEW
    if measured and target.classes and best > _PERFECT - _GAP:
        return column.leak(target, f"{reason}, but other columns nearly do too", False)
    return column.leak(target, reason, True)


def _doubt(column: _Column, target: _Target) -> Leak | None:
    """What else makes a column suspicious."""
    if _one_value(column, target):
        reason = f"has one value wherever `{target.name}` is known"
        return column.leak(target, reason, column.alone)
    if target.classes > 2 and _follows(column, target):
        reason = (
            f"each value of `{target.name}` has one value of `{column.name}`: if it is "
            f"made from `{target.name}`, remove it"
        )
        return column.leak(target, reason, False)
    if guess_names.related(column.name, target.name):
        reason = f"its name shares words with the target `{target.name}`: does it know?"
        return column.leak(target, reason, False)
    return None


def _one_value(column: _Column, target: _Target) -> bool:
    """Whether a column varies, but not on the rows where the target is known."""
    codes = column.codes
    if codes is None or target.known.all():
        return False
    return bool(codes.min() != codes.max() and np.ptp(codes[target.known]) == 0)


def _follows(column: _Column, target: _Target) -> bool:
    """Whether the target's class says the column's value: it may be made from it."""
    if column.codes is None:
        return False
    codes = np.unique(column.codes[target.known], return_inverse=True)[1]
    num = int(codes.max(initial=0)) + 1
    if not 1 < num < target.classes:
        return False
    other = _Target("", codes, np.ones(len(codes), bool), num)
    return _class_score(target.values, other) >= _PERFECT
