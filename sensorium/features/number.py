"""Numbers: one or several columns as one input, scaled, with missing values flagged."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import polars as pl

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
from sensorium.features.parse import Fault, floats, refuse
from sensorium.features.sketch import Scores, Sketch
from sensorium.schema import EncoderArgument

Scale = Callable[[np.ndarray], np.ndarray]


class Number(Feature):
    """One or several columns of numbers.

    `values` has shape `(rows, k + m)`: first the `k` columns in their order, scaled,
    then a 0/1 flag "missing" for each of the `m` columns that lacked a value in
    training, in the same order. With a single column `m` is 0, as presence says it.
    A missing number becomes 0 after scaling ("none": the training median) and its flag
    1. A row in which every column is missing is not present.

    Numbers may also come as booleans (0 and 1) or as texts with a decimal point; the
    empty text and the usual words such as NA, nan, null and ? are missing, as in a CSV
    file (`sensorium.data.inference.MISSING_WORDS`). Other texts and numbers that are
    infinite or beyond 1e38 are refused by `fit`; in `encode` they are errors of their
    row. A column that is constant in training becomes 0 by "quantile" and "standard".

    Merging is exact to the last bit for "quantile" and "none" scaling, in any order of
    chunks; the mean and the deviation are exact but for float64's rounding.

    Args:
        columns: Source columns; the input's own name if left out.
        encoder: What turns the numbers into a vector; the default one if left out.
        scale: "quantile" maps each column to normal scores in [-3.5, 3.5] (see
            `sensorium.features.sketch`), which suits skewed columns and outliers;
            "standard" subtracts the mean and divides by the standard deviation,
            clipped to +-1e6; "none" takes the numbers as they are.
    """

    kind = "number"
    is_target = True

    moments_: Moments
    missing_: np.ndarray
    sketches_: tuple[Sketch, ...]

    def __init__(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        scale: Literal["quantile", "standard", "none"] = "quantile",
    ) -> None:
        self.columns = columns
        self.encoder = encoder
        self.scale = scale

    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Learns each column's distribution from these rows.

        Raises:
            DataError: If a cell is no finite number.
        """
        fitted = self._fresh(source_names(self, columns))
        read = fitted._read(columns, reading)
        for name, (_, faults) in zip(fitted.names_, read, strict=True):
            refuse(faults, name, reading)
        values = [column for column, _ in read]
        fitted.moments_ = Moments.of(np.stack(values, axis=1))
        fitted.missing_ = np.array([np.isnan(column).sum() for column in values])
        if self.scale != "standard":
            fitted.sketches_ = tuple(Sketch.of(column) for column in values)
        return fitted

    def merge(self, other: Self) -> Self:
        """Returns what `fit` on the rows of both would give."""
        self.require_same(other)
        merged = self._fresh(self.names_)
        merged.moments_ = self.moments_.merge(other.moments_)
        merged.missing_ = self.missing_ + other.missing_
        if self.scale != "standard":
            pairs = zip(self._sketches(), other._sketches(), strict=True)
            merged.sketches_ = tuple(one.merge(two) for one, two in pairs)
        return merged

    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Scales the numbers and flags the missing ones."""
        self.require_fitted()
        read = self._read(columns, reading)
        width = len(read)
        values = np.zeros((len(read[0][0]), *self.shape()), dtype=np.float32)
        flags = {at: width + flag for flag, at in enumerate(self._flagged)}
        present = np.zeros(len(values), dtype=np.bool_)
        for at, ((column, _), scale) in enumerate(zip(read, self._scales, strict=True)):
            missing = np.isnan(column)
            present |= ~missing
            scaled = scale(column)
            values[:, at] = np.where(missing, self._fills[at], scaled)
            if at in flags:
                values[:, flags[at]] = missing
        errors = self._errors(read)
        present[list(errors)] = False
        values[~present] = 0.0
        return Encoded(values, present, errors)

    def encode_target(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Gives the raw numbers, float32 `(rows,)`; NaN where absent.

        Raises:
            DataError: If there is more than one column.
        """
        self.require_fitted()
        if len(self.names_) > 1:
            text = "a number that is predicted has one column"
            fix = "Predict each alone."
            raise DataError(sentence("", text, list(self.names_), fix))
        read = self._read(columns, reading)
        values = read[0][0].astype(np.float32)
        return Encoded(values, ~np.isnan(values), self._errors(read))

    def decode(self, values: np.ndarray) -> pl.Series:
        """Gives predicted numbers `(rows,)` or `(rows, 1)` as float64."""
        flat = np.asarray(values, dtype=np.float64).reshape(-1)
        return pl.Series(getattr(self, "names_", ("",))[0], flat)

    def target_statistics(self) -> dict[str, float]:
        """Mean and standard deviation (`scale`; 1 for a constant) in training rows.

        Raises:
            DataError: If the training rows hold no number.
        """
        self.require_fitted()
        if self.moments_.count[0] == 0:
            text = f"column `{self.names_[0]}` has no label in the training rows"
            raise DataError(sentence("", text, fix="Choose another target."))
        deviation = float(self.moments_.deviation[0])
        return {"mean": float(self.moments_.mean[0]), "scale": deviation or 1.0}

    def state(self) -> State:
        """The statistics; for "quantile" the knots of the map."""
        self.require_fitted()
        arrays = {**self.moments_.arrays(), "missing": self.missing_}
        document: dict[str, Any] = {"names": list(self.names_)}
        if self.scale == "none":
            arrays["fills"] = self._fills
        if self.scale == "quantile":
            maps = self._scores
            document["bits"] = [one.bits for one in maps]
            document["knots"] = [len(one.knots) for one in maps]
            arrays["knots"] = np.concatenate([one.knots for one in maps])
            arrays["scores"] = np.concatenate([one.scores for one in maps])
        return State(document, arrays)

    def restore(self, state: State) -> Self:
        """Returns a fitted copy with this state; it cannot be merged."""
        fitted = self._fresh(tuple(state.document["names"]))
        fitted.moments_ = Moments.restore(state.arrays)
        fitted.missing_ = np.asarray(state.arrays["missing"])
        if self.scale == "none":
            fitted.__dict__["_fills"] = np.asarray(state.arrays["fills"])
        if self.scale == "quantile":
            ends = np.cumsum(state.document["knots"])[:-1]
            knots = np.split(np.asarray(state.arrays["knots"]), ends)
            scores = np.split(np.asarray(state.arrays["scores"]), ends)
            parts = zip(knots, scores, state.document["bits"], strict=True)
            fitted.__dict__["_scores"] = tuple(Scores(*part) for part in parts)
        return fitted

    def shape(self) -> tuple[int, ...]:
        """`(k + m,)`."""
        self.require_fitted()
        return (len(self.names_) + len(self._flagged),)

    def encoder_arguments(self) -> dict[str, Any]:
        """`num_columns` = k, `num_flags` = m, `flag_columns` = whose flags they are."""
        self.require_fitted()
        return {
            "num_columns": len(self.names_),
            "num_flags": len(self._flagged),
            "flag_columns": list(self._flagged),
        }

    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return hasattr(self, "moments_")

    @functools.cached_property
    def _flagged(self) -> tuple[int, ...]:
        lacking = tuple(np.flatnonzero(self.missing_).tolist())
        return lacking if len(self.names_) > 1 else ()

    @functools.cached_property
    def _fills(self) -> np.ndarray:
        if self.scale != "none":
            return np.zeros(len(self.names_))
        return np.array([sketch.median() for sketch in self._sketches()])

    @functools.cached_property
    def _scores(self) -> tuple[Scores, ...]:
        return tuple(sketch.scores() for sketch in self._sketches())

    @functools.cached_property
    def _scales(self) -> Sequence[Scale]:
        if self.scale == "quantile":
            return self._scores
        if self.scale == "none":
            return [np.asarray for _ in self.names_]
        columns = self.moments_.split(range(1, len(self.names_)))
        return [moments.standardise for moments in columns]

    def _fresh(self, names: tuple[str, ...]) -> Self:
        # Only the arguments and the names: nothing fitted or cached may come along.
        fresh = copy.copy(self)
        kept = {"columns", "encoder", "scale"}
        fresh.__dict__ = {key: vars(self)[key] for key in kept}
        fresh.names_ = names
        return fresh

    def _sketches(self) -> tuple[Sketch, ...]:
        if not hasattr(self, "sketches_"):
            text = "a restored number feature cannot be merged"
            raise DataError(sentence("", text, fix="Fit again on the rows of both."))
        return self.sketches_

    def _read(
        self, columns: Columns, reading: Reading
    ) -> list[tuple[np.ndarray, Mapping[int, Fault]]]:
        picked = zip(self.names_, pick(self, columns, reading), strict=True)
        return [floats(column, name, reading) for name, column in picked]

    def _errors(
        self, read: Sequence[tuple[np.ndarray, Mapping[int, Fault]]]
    ) -> dict[int, str]:
        errors: dict[int, str] = {}
        for name, (_, faults) in zip(self.names_, read, strict=True):
            for row, fault in faults.items():
                errors.setdefault(row, fault.reason(name))
        return errors
