"""Vectors: rows of numbers of one length, such as embeddings or measured spectra."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.features.base import (
    Columns,
    Encoded,
    Feature,
    Reading,
    State,
    pick,
    source_names,
)
from sensorium.features.moments import Moments
from sensorium.features.parse import refuse
from sensorium.features.rows import Read, matrix
from sensorium.schema import EncoderArgument


class Vector(Feature):
    """A row of numbers as one input.

    It comes as a column of lists, as an array `(rows, d)`, or as many columns of
    numbers that belong together; several columns stand one after another.

    `values` is float32 `(rows, d)`; `d` is learnt in training. A list of another length
    is refused by `fit` and an error of its row in `encode`, and so is a list with an
    infinite number or one beyond 1e38. A missing number is replaced by its training
    mean (0 after scaling), without a flag; for flags use `number`. A row without any
    number is not present. A dimension that is constant in training becomes 0 by
    "standard". To bring skewed columns into shape use `number` with "quantile".

    Merging is exact but for float64's rounding.

    Args:
        columns: Source columns; the input's own name if left out.
        encoder: What turns the numbers into a vector; the default one if left out.
        scale: "standard" subtracts each dimension's mean and divides by its standard
            deviation, clipped to +-1e6; "none" takes the numbers as they are.
    """

    kind = "vector"

    parts_: tuple[Moments, ...]

    def __init__(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        scale: Literal["standard", "none"] = "standard",
    ) -> None:
        self.columns = columns
        self.encoder = encoder
        self.scale = scale

    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Learns length, mean and deviation from these rows.

        Raises:
            DataError: If lengths differ, or a cell is no list of finite numbers.
        """
        names = source_names(self, columns)
        read = self._read(columns, names, reading, [None] * len(names))
        for name, (_, faults) in zip(names, read, strict=True):
            refuse(faults, name, reading)
        whole = Moments.of(_joined(read))
        ends = np.cumsum([values.shape[1] for values, _ in read])
        return self._with(names, whole.split(ends[:-1].tolist()))

    def merge(self, other: Self) -> Self:
        """Returns what `fit` on the rows of both would give.

        Raises:
            DataError: If the lengths differ.
        """
        self.require_same(other)
        trios = zip(self.names_, self.parts_, other.parts_, strict=True)
        return self._with(self.names_, tuple(_merged(*trio) for trio in trios))

    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Scales the numbers and fills gaps."""
        self.shape()
        raw, errors = self._raw(columns, reading)
        missing = np.isnan(raw)
        present = np.asarray(~missing.all(axis=1))
        present[list(errors)] = False
        plain = self.scale == "none"
        scaled = raw if plain else self._whole.standardise(raw)
        if missing.any():
            scaled = np.where(missing, self._whole.mean if plain else 0.0, scaled)
        values = scaled.astype(np.float32)
        values[~present] = 0.0
        return Encoded(values, present, errors)

    def state(self) -> State:
        """The statistics of every dimension."""
        self.require_fitted()
        widths = [len(part.mean) for part in self.parts_]
        document = {"names": list(self.names_), "widths": widths}
        return State(document, self._whole.arrays())

    def restore(self, state: State) -> Self:
        """Returns a fitted copy with this state."""
        ends = np.cumsum(state.document["widths"])[:-1].tolist()
        parts = Moments.restore(state.arrays).split(ends)
        return self._with(tuple(state.document["names"]), parts)

    def shape(self) -> tuple[int, ...]:
        """`(d,)`."""
        self.require_fitted()
        width = sum(len(part.mean) for part in self.parts_)
        if width == 0:
            text = f"column `{self.names_[0]}` has no vector in the training rows"
            raise DataError(sentence("", text, fix="Leave it out."))
        return (width,)

    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return hasattr(self, "parts_")

    @functools.cached_property
    def _whole(self) -> Moments:
        return Moments.join(self.parts_)

    def _raw(
        self, columns: Columns, reading: Reading
    ) -> tuple[np.ndarray, dict[int, str]]:
        """The numbers as they stand, and why rows could not be read."""
        widths = [len(part.mean) for part in self.parts_]
        read = self._read(columns, self.names_, reading, widths)
        errors: dict[int, str] = {}
        for name, (_, faults) in zip(self.names_, read, strict=True):
            for row, fault in faults.items():
                errors.setdefault(row, fault.reason(name))
        return _joined(read), errors

    def _read(
        self,
        columns: Columns,
        names: Sequence[str],
        reading: Reading,
        widths: Sequence[int | None],
    ) -> list[Read]:
        picked = zip(pick(self, columns, reading), names, widths, strict=True)
        return [matrix(column, name, reading, size) for column, name, size in picked]

    def _with(self, names: tuple[str, ...], parts: tuple[Moments, ...]) -> Self:
        # Made anew, so that nothing cached from another fit comes along.
        fresh: Any = object.__new__(type(self))
        fresh.columns, fresh.encoder = self.columns, self.encoder
        fresh.scale, fresh.names_, fresh.parts_ = self.scale, names, parts
        merged: Self = fresh
        return merged


def _joined(read: Sequence[Read]) -> np.ndarray:
    if len(read) == 1:
        return read[0][0]
    return np.concatenate([values for values, _ in read], axis=1)


def _merged(name: str, one: Moments, two: Moments) -> Moments:
    if not len(one.mean) or not len(two.mean):  # one of them saw no row at all
        return one if len(one.mean) else two
    if len(one.mean) != len(two.mean):
        text = f"column `{name}`: all vectors must have one length"
        lengths = f"{len(one.mean)} and {len(two.mean)} numbers"
        raise DataError(sentence("", text, lengths))
    return one.merge(two)
