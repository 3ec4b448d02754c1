"""A guess, and the facts about a column of scalars that rules decide on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl

SMOOTH = 0.5
"""Least correlation of neighbours for numbers whose order means something."""

NAMELESS = "value"
"""Name of every series here: Polars takes one like `^a$` for a pattern of names."""

Why = Literal[
    "input",
    "split",
    "fold",
    "group",
    "id",
    "constant",
    "missing",
    "duplicate",
    "unreadable",
]


@dataclass(frozen=True)
class Guess:
    """What a column seems to mean.

    Args:
        column: Name of the column; for a run of columns (`fou_0`, `fou_1`, ...), which
            becomes one input, what they share.
        kind: Kind of feature, or `None` for a column that should be no input.
        arguments: Arguments of the feature that differ from its defaults.
        reason: Why, in words for the user.
        warnings: What the user should look at.
        role: `input`, or what the column is instead.
        otherwise: The kind it could have all the same, where `kind` is `None`.
    """

    column: str
    kind: str | None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    warnings: tuple[str, ...] = ()
    role: Why = "input"
    otherwise: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns that the guess is about."""
        return tuple(self.arguments.get("columns", (self.column,)))

    def warned(self, *warnings: str) -> Guess:
        """The same guess with further warnings."""
        return replace(self, warnings=(*self.warnings, *warnings))


def left_out(
    column: str, role: Why, reason: str, otherwise: str | None = None
) -> Guess:
    """A guess that a column should be no input.

    Args:
        column: Its name.
        role: What it is instead.
        reason: Why, in words for the user.
        otherwise: The kind it could have all the same.
    """
    return Guess(column, None, {}, reason, (), role, otherwise)


@dataclass(frozen=True)
class Profile:
    """A column of scalars without its missing values.

    Args:
        name: Name of the column.
        values: The column; null, NaN and empty texts are null.
    """

    name: str
    values: pl.Series

    @cached_property
    def present(self) -> pl.Series:
        """The values that are not missing."""
        return self.values.drop_nulls()

    @cached_property
    def unique(self) -> pl.Series:
        """Every different value once, in the order of the rows."""
        return self.present.unique(maintain_order=True)

    @property
    def num_present(self) -> int:
        """How many rows have a value."""
        return len(self.present)

    @property
    def num_missing(self) -> int:
        """How many rows have none."""
        return len(self.values) - self.num_present

    @property
    def num_unique(self) -> int:
        """How many different values there are."""
        return len(self.unique)

    @property
    def repeats(self) -> float:
        """How many rows a value has on average."""
        return self.num_present / max(self.num_unique, 1)

    @property
    def all_differ(self) -> bool:
        """Whether no value stands in two rows."""
        return self.num_unique == self.num_present

    def rows(self) -> str:
        """`1,000 rows`, and how many are missing."""
        text = f"{self.num_present:,} rows"
        if not self.num_missing:
            return text
        return f"{text}, {share(self.num_missing, len(self.values))} missing"

    def seen(self) -> str:
        """`12 different values in 1,000 rows`, and how many are missing."""
        values = "value" if self.num_unique == 1 else "different values"
        return f"{self.num_unique:,} {values} in {self.rows()}"


def profile(name: str, column: pl.Series) -> Profile:
    """Looks at a column of scalars: texts, numbers, booleans, dates, bytes."""
    column = column.alias(NAMELESS)
    if column.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    if column.dtype.is_decimal():
        column = column.cast(pl.Float64)
    if column.dtype.is_float():
        column = column.fill_nan(None)
    if column.dtype == pl.String:
        bare = column.str.strip_chars()
        column = column.set(bare == "", None)
    return Profile(name, column)


def share(part: int, whole: int) -> str:
    """A share in words: `12 %`, `under 1 %`."""
    percent = 100 * part / max(whole, 1)
    return "under 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


def shown(value: object, limit: int = 30) -> str:
    """A value for a reason: its `repr` in one line, cut to `limit` characters."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    text = repr(int(value) if whole else value)  # type: ignore[call-overload]
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def smoothness(rows: np.ndarray) -> float:
    """How alike neighbours in a row of numbers are: their mean correlation.

    Each position's mean over the rows is taken off first, so that positions of
    different size (an embedding's) do not count as alike.

    Args:
        rows: Numbers of shape (rows, length).
    """
    values = rows[:1000].astype(np.float64)
    usable = np.abs(values) < 1e100  # neither missing nor infinite
    values = np.where(usable, values, 0.0)
    mean = values.sum(axis=0) / np.maximum(usable.sum(axis=0), 1)
    values = np.where(usable, values - mean, 0.0)
    spread = float(np.mean(values**2))
    products = np.mean(values[:, 1:] * values[:, :-1])
    return float(products) / spread if spread > 0 else 0.0
