"""What every kind of feature does: fit on training rows, merge, encode, decode."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import polars as pl

from sensorium.errors import DataError, NotFittedError, listing, near, sentence
from sensorium.schema import Declared

Column = pl.Series | np.ndarray
Columns = Mapping[str, Column]


@dataclass(frozen=True)
class Reading:
    """How values are read, beside what the feature itself says.

    Args:
        folder: Base folder of the paths that a column may hold; `None` refuses paths.
        where: How messages call the table.
        first_row: Number of the chunk's first row in its table, for messages.
        rows: Where rows of the chunk were left out, the place in the chunk of each row
            that is given, for messages.
    """

    folder: Path | None = None
    where: str = "the table"
    first_row: int = 0
    rows: np.ndarray | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Encoded:
    """One input of some rows, as a network takes it.

    Args:
        values: Shape `(rows, ...)`. Where a row is absent its values are zeros.
        present: Shape `(rows,)`, boolean: whether the row has this input at all.
        errors: Row (from 0, in this chunk) -> why its value could not be read, in
            words that name the column. Such a row is not present.
    """

    values: np.ndarray
    present: np.ndarray
    errors: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """What `encode` and `decode` of a fitted feature need, as plain data.

    What only `merge` needs may be left out, so that artifacts stay small.

    Args:
        document: JSON data: texts, numbers, lists, mappings.
        arrays: Named numpy arrays.
    """

    document: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


class Digest(Protocol):
    """What a feature makes of rows before it fits or encodes them."""

    @property
    def nbytes(self) -> int:
        """Memory that it takes, about."""
        ...


class Feature(Declared, ABC):
    """What a column, or several columns of one kind, means.

    A feature is a frozen declaration; `fit` returns a fitted copy and never changes the
    object it is called on. Fitted attributes end in `_`. Every method takes columns as
    a mapping from name to a Polars series or, for columns of arrays, to an array of
    shape `(rows, ...)`.

    A subclass has a constructor of its own that stores its arguments unchanged, among
    them `columns` (source columns; `None` stands for the name of the input) and
    `encoder` (an encoder or its document; the feature only keeps it).
    """

    kind: ClassVar[str]
    """The word for this kind in documents."""

    is_target: ClassVar[bool] = False
    """Whether `encode_target` and `decode` exist, so that a head can predict it."""

    columns: str | Sequence[str] | None
    encoder: Any
    names_: tuple[str, ...]

    def sources(self, name: str) -> tuple[str, ...]:
        """The columns that an input or output called `name` is read from."""
        if self.columns is None:
            return (name,)
        return (self.columns,) if isinstance(self.columns, str) else (*self.columns,)

    def named(self, name: str) -> Self:
        """A copy that knows which columns it reads when the input is called `name`."""
        bound = copy.copy(self)
        bound.names_ = self.sources(name)
        return bound

    @abstractmethod
    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Returns a copy fitted on these rows only.

        A feature that was not bound by `named` reads its own `columns`, and all the
        given ones if it names none.
        """

    @abstractmethod
    def merge(self, other: Self) -> Self:
        """Returns what `fit` on the rows of both would give.

        Statistics that cannot be merged exactly say so in the class's docstring. Both
        must come from `fit`, as a restored feature may lack what this needs.
        """

    @abstractmethod
    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Turns rows into an array; unreadable values become entries of `errors`."""

    def digest(self, columns: Columns, reading: Reading = Reading()) -> Digest | None:
        """What `fit` and `encode` both make of rows, so that it can be made once.

        It does not depend on what was fitted. `None` where there is nothing to gain.
        """
        return None

    def fit_digest(self, digest: Any, rows: np.ndarray) -> Self:
        """What `fit` on some of the rows of a digest would give.

        Args:
            digest: From `digest` of a feature that is declared alike.
            rows: Whether each row of it is used.
        """
        raise NotImplementedError

    def encode_digest(self, digest: Any) -> Encoded:
        """What `encode` of all rows of a digest would give."""
        raise NotImplementedError

    def encode_target(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Turns labels into the array that a head learns from (targets only).

        Where a label is absent or unreadable, `present` is false and `values` holds
        -1 for a class and NaN for numbers and flags (not zeros).
        """
        raise DataError(f"A {self.kind} feature cannot be predicted.")

    def decode(self, values: np.ndarray) -> pl.Series:
        """Turns predictions back into the user's values (targets only)."""
        raise DataError(f"A {self.kind} feature cannot be predicted.")

    @abstractmethod
    def state(self) -> State:
        """The fitted state as plain data, enough for `restore`."""

    @abstractmethod
    def restore(self, state: State) -> Self:
        """Returns a fitted copy with the state that `state` gave."""

    def shape(self) -> tuple[int, ...]:
        """Shape of one row of `encode(...).values`; needs a fitted feature."""
        raise NotImplementedError

    def encoder_arguments(self) -> dict[str, Any]:
        """Sizes that an encoder must know, e.g. `{"vocabulary_size": 812}`."""
        return {}

    def require_fitted(self) -> None:
        """Raises `NotFittedError` unless `fit` or `restore` made this object."""
        if not hasattr(self, "names_") or not self.is_fitted():
            text = f"A {self.kind} feature must be fitted first. Call `fit(columns)`."
            raise NotFittedError(text)

    def require_same(self, other: Feature) -> None:
        """Raises `DataError` unless `merge` can take `other`."""
        self.require_fitted()
        other.require_fitted()
        if self != other or self.names_ != other.names_:
            fix = "Fit both alike, on the same columns."
            raise DataError(
                sentence("", f"cannot merge {self!r} and {other!r}", fix=fix)
            )

    @abstractmethod
    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""


def source_names(feature: Feature, columns: Columns) -> tuple[str, ...]:
    """The columns that a feature reads: its bound ones, its own, or all there are."""
    names: tuple[str, ...] | None = getattr(feature, "names_", None)
    if names is None:
        names = tuple(columns) if feature.columns is None else feature.sources("")
    if not names:
        text = f"a {feature.kind} feature needs at least one column"
        raise DataError(sentence("", text))
    return names


def pick(feature: Feature, columns: Columns, reading: Reading) -> list[Column]:
    """The feature's columns in its own order.

    Raises:
        DataError: If the table lacks some; all of them are named.
    """
    names = source_names(feature, columns)
    missing = [name for name in names if name not in columns]
    if missing:
        text = f"the table lacks {listing([f'`{name}`' for name in missing])}"
        raise DataError(sentence(reading.where, text, fix=near(missing[0], columns)))
    return [columns[name] for name in names]


def where(reading: Reading, column: str, row: int | None = None) -> str:
    """Names a table, a column and a row (counted from 1) for a message."""
    place = f"{reading.where}, column `{column}`"
    if row is None:
        return place
    within = row if reading.rows is None else int(reading.rows[row])
    return f"{place}, row {reading.first_row + within + 1:,}"
