"""Signals: windows of steps, each of some channels."""

from __future__ import annotations

import copy
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
from sensorium.features.steps import (
    StepCounts,
    Steps,
    read_groups,
    read_steps,
    side_by_side,
)
from sensorium.schema import EncoderArgument, Positive


class Signal(Feature):
    """Series of steps over time, such as windows of a sensor's recording.

    `values` has shape `(rows, length, channels + 1)`, float32: the channels, scaled,
    and last 1 where a step was observed and 0 where it was not. A cell is a list of
    numbers (one channel), a list of lists or an array `(time, channels)`, or the path
    of a .npy file that holds one, from the table's folder on; a column may also be an
    array `(rows, time)` or `(rows, time, channels)`. Several columns of one channel
    each are the channels of one signal.

    Shorter series are filled with zeros at their end, longer ones are cut there. A
    number that is missing (NaN, null) becomes 0, which after scaling is the channel's
    mean; a step counts as observed if one of its channels is there. A row without any
    observed step is absent. A row with another number of channels than most training
    rows, with an infinite number, or whose file cannot be read is an error; paths obey
    the rules of `Image`, and nothing is ever unpickled.

    Merging is exact but for float64's rounding of the mean and the deviation.

    Args:
        columns: Source columns; the input's own name if left out.
        encoder: What turns the steps into a vector; the default one if left out.
        length: Number of steps of a row; if left out, that of the longest training row.
        max_length: The most that a left-out `length` can become.
        scale: "standard" subtracts each channel's mean and divides by its standard
            deviation, over all training steps, clipped to +-1e6 (a constant channel
            becomes 0); "none" takes the numbers as they are.
    """

    kind = "signal"

    counts_: StepCounts
    moments_: Moments
    length_: int
    channels_: int

    def __init__(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        length: Positive | None = None,
        max_length: Positive = 4096,
        scale: Literal["standard", "none"] = "standard",
    ) -> None:
        self.columns = columns
        self.encoder = encoder
        self.length = length
        self.max_length = max_length
        self.scale = scale

    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Learns channels, length, means and deviations; leaves out unreadable rows.

        Raises:
            DataError: If the type of a column cannot be series of numbers.
        """
        fitted = copy.copy(self)
        fitted.names_ = source_names(self, columns)
        groups = fitted._read(columns, reading, None)
        counts = [StepCounts.of(found) for found in groups]
        return fitted._learnt(functools.reduce(StepCounts.merge, counts))

    def merge(self, other: Self) -> Self:
        """Adds what both have counted."""
        self.require_same(other)
        if not (hasattr(self, "counts_") and hasattr(other, "counts_")):
            text = "a restored signal feature cannot be merged"
            raise DataError(sentence("", text, fix="Fit again on the rows of both."))
        return copy.copy(self)._learnt(self.counts_.merge(other.counts_))

    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Scales the steps and sets them into windows of one length."""
        self.require_fitted()
        (found,) = self._read(columns, reading, self.channels_)
        values = np.zeros((len(found.counts), *self.shape()), dtype=np.float32)
        steps = np.arange(self.length_)
        inside = steps < found.counts[:, np.newaxis]
        values[inside] = self._scaled(_cut(found, self.length_))
        present = np.asarray(values[..., -1].any(axis=1))
        return Encoded(values, present, found.errors)

    def state(self) -> State:
        """The length, the channels, and their statistics."""
        self.require_fitted()
        document = {
            "names": list(self.names_),
            "length": self.length_,
            "channels": self.channels_,
        }
        return State(document, self.moments_.arrays())

    def restore(self, state: State) -> Self:
        """Returns a fitted copy with this state; it cannot be merged."""
        fitted = copy.copy(self)
        vars(fitted).pop("counts_", None)
        fitted.names_ = tuple(state.document["names"])
        fitted.length_ = int(state.document["length"])
        fitted.channels_ = int(state.document["channels"])
        fitted.moments_ = Moments.restore(state.arrays)
        return fitted

    def shape(self) -> tuple[int, ...]:
        """`(length, channels + 1)`."""
        self.require_fitted()
        return (self.length_, self.channels_ + 1)

    def encoder_arguments(self) -> dict[str, Any]:
        """Nothing: `shape` says it all."""
        self.require_fitted()
        return {}

    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return hasattr(self, "moments_")

    def _learnt(self, counts: StepCounts) -> Self:
        self.counts_ = counts
        width = len(self.names_) if len(self.names_) > 1 else counts.channels
        self.channels_ = width
        longest = min(counts.longest.get(width, 1), self.max_length)
        self.length_ = self.length or longest
        nothing = np.zeros((0, width))
        self.moments_ = counts.moments.get(width) or Moments.of(nothing)
        return self

    def _read(
        self, columns: Columns, reading: Reading, channels: int | None
    ) -> list[Steps]:
        picked = pick(self, columns, reading)
        if len(picked) > 1:
            pairs = zip(picked, self.names_, strict=True)
            parts = [read_steps(column, name, reading, 1) for column, name in pairs]
            return [side_by_side(parts, self.names_)]
        if channels is None:
            return read_groups(picked[0], self.names_[0], reading)
        return [read_steps(picked[0], self.names_[0], reading, channels)]

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        """Float32 channels and the sign of observed steps."""
        missing = np.isnan(values)
        if self.scale == "standard":
            values = self.moments_.standardise(values)
        filled = np.where(missing, 0.0, values).astype(np.float32)
        observed = ~missing.all(axis=1, keepdims=True)
        return np.concatenate([filled, observed.astype(np.float32)], axis=1)


def _cut(found: Steps, length: int) -> np.ndarray:
    """The first `length` steps of each row, one row after another."""
    if not len(found.counts) or int(found.counts.max()) <= length:
        return found.values
    starts = np.cumsum(found.counts) - found.counts
    position = np.arange(len(found.values)) - np.repeat(starts, found.counts)
    cut: np.ndarray = found.values[position < length]
    return cut
