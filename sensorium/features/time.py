"""Points in time: trend and calendar as numbers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from sensorium.features.base import (
    Columns,
    Encoded,
    Feature,
    Reading,
    State,
    pick,
    source_names,
)
from sensorium.features.instants import instants, require_form
from sensorium.features.moments import Moments
from sensorium.features.parse import Fault, refuse
from sensorium.schema import EncoderArgument

TREND_CLIP = 10.0
PERIODS = {"month": 12, "day": 31, "weekday": 7, "hour": 24, "minute": 60}
"""The parts of the calendar and their lengths, in the order of the values."""

_YEAR = 365.25 * 24 * 3600 * 1e6  # microseconds


class Time(Feature):
    """Dates and times, also as ISO 8601 texts.

    `values` is float32. For each column in its order: first the trend, which is the
    time itself, standardised on training rows and clipped to +-10; then sine and
    cosine of the month, the day of the month, the weekday, the hour and the minute, of
    each only if it varies in training rows (`parts_` names what there is). A missing
    time gives zeros; a row in which every column is missing is not present.

    Times with a zone count in UTC, times without one as they stand. A text that is no
    time is refused by `fit`, and an error of its row in `encode`; the words that
    `number` takes as missing are missing here too.

    Merging is exact but for float64's rounding of the trend.

    Args:
        columns: Source columns; the input's own name if left out.
        encoder: What turns the numbers into a vector; the default one if left out.
        format: How texts are written, in the codes of `strftime`, e.g. "%d.%m.%Y";
            ISO 8601 if left out.
    """

    kind = "time"

    moments_: Moments
    seen_: np.ndarray

    def __init__(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        format: str | None = None,
    ) -> None:
        self.columns = columns
        self.encoder = encoder
        self.format = format

    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Learns the range of times and what varies in them.

        Raises:
            DataError: If a cell is no time, or `format` holds no date.
        """
        if self.format is not None:
            require_form(self.format)
        names = source_names(self, columns)
        read = self._read(columns, names, reading)
        for name, (_, faults) in zip(names, read, strict=True):
            refuse(faults, name, reading)
        trends = np.stack([_years(moments) for moments, _ in read], axis=1)
        seen = [list(_seen(moments)) for moments, _ in read]
        return self._with(names, Moments.of(trends), np.array(seen, dtype=np.int64))

    def merge(self, other: Self) -> Self:
        """Returns what `fit` on the rows of both would give."""
        self.require_same(other)
        moments = self.moments_.merge(other.moments_)
        return self._with(self.names_, moments, self.seen_ | other.seen_)

    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Computes trend and calendar."""
        self.require_fitted()
        read = self._read(columns, self.names_, reading)
        values = np.zeros((len(read[0][0]), *self.shape()), dtype=np.float32)
        present = np.zeros(len(values), dtype=np.bool_)
        errors: dict[int, str] = {}
        start = 0
        for at, (moments, faults) in enumerate(read):
            there = ~np.isnat(moments)
            present |= there
            block = self._block(moments, at)
            values[:, start : start + block.shape[1]] = np.where(
                there[:, None], block, 0
            )
            start += block.shape[1]
            for row, fault in faults.items():
                errors.setdefault(row, fault.reason(self.names_[at]))
        present[list(errors)] = False
        values[~present] = 0.0
        return Encoded(values, present, errors)

    @functools.cached_property
    def parts_(self) -> tuple[tuple[str, ...], ...]:
        """For each column the parts of the calendar that vary, in their order."""
        return tuple(
            tuple(
                part
                for part, bits in zip(PERIODS, row.tolist(), strict=True)
                if bits.bit_count() > 1
            )
            for row in self.seen_
        )

    def state(self) -> State:
        """The trend's statistics and which months, days, ... were seen."""
        self.require_fitted()
        arrays = {**self.moments_.arrays(), "seen": self.seen_}
        return State({"names": list(self.names_)}, arrays)

    def restore(self, state: State) -> Self:
        """Returns a fitted copy with this state."""
        names = tuple(state.document["names"])
        moments = Moments.restore(state.arrays)
        return self._with(names, moments, np.asarray(state.arrays["seen"]))

    def shape(self) -> tuple[int, ...]:
        """`(d,)`: one and twice the number of parts, for each column."""
        self.require_fitted()
        return (sum(1 + 2 * len(parts) for parts in self.parts_),)

    def encoder_arguments(self) -> dict[str, Any]:
        """`num_columns` = d and `num_flags` = 0, as for numbers."""
        return {"num_columns": self.shape()[0], "num_flags": 0}

    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return hasattr(self, "moments_")

    @functools.cached_property
    def _trends(self) -> tuple[Moments, ...]:
        return self.moments_.split(range(1, len(self.names_)))

    def _block(self, moments: np.ndarray, at: int) -> np.ndarray:
        trend = self._trends[at].standardise(_years(moments))
        block = [np.clip(trend, -TREND_CLIP, TREND_CLIP)]
        parts = _calendar(moments)
        for part in self.parts_[at]:
            block += [table[parts[part]] for table in _WAVES[part]]
        return np.stack(block, axis=1)

    def _read(
        self, columns: Columns, names: Sequence[str], reading: Reading
    ) -> list[tuple[np.ndarray, Mapping[int, Fault]]]:
        picked = zip(pick(self, columns, reading), names, strict=True)
        return [instants(column, name, reading, self.format) for column, name in picked]

    def _with(self, names: tuple[str, ...], moments: Moments, seen: np.ndarray) -> Self:
        # Made anew, so that nothing cached from another fit comes along.
        fresh = object.__new__(type(self))
        fresh.columns, fresh.encoder = self.columns, self.encoder
        fresh.format, fresh.names_ = self.format, names
        fresh.moments_, fresh.seen_ = moments, seen
        return fresh


def _waves(period: int) -> tuple[np.ndarray, np.ndarray]:
    angles = 2 * np.pi * np.arange(period) / period
    return np.sin(angles), np.cos(angles)


_WAVES = {part: _waves(period) for part, period in PERIODS.items()}


def _years(moments: np.ndarray) -> np.ndarray:
    """Years since 1970 as float64; NaN for NaT."""
    counts = moments.view(np.int64)
    return np.where(np.isnat(moments), np.nan, counts / _YEAR)


def _calendar(moments: np.ndarray) -> dict[str, np.ndarray]:
    """Each part of the calendar, counted from 0; 0 for NaT."""
    known = np.where(np.isnat(moments), np.datetime64(0, "us"), moments)
    days = known.astype("datetime64[D]")
    months = known.astype("datetime64[M]")
    minutes = known.astype("datetime64[m]").view(np.int64)
    return {
        "month": months.view(np.int64) % 12,
        "day": (days - months.astype("datetime64[D]")).view(np.int64),
        "weekday": (days.view(np.int64) + 3) % 7,  # 1970 began on a Thursday
        "hour": minutes // 60 % 24,
        "minute": minutes % 60,
    }


def _seen(moments: np.ndarray) -> Iterator[int]:
    """For each part a number whose bits say which values there are."""
    for values in _calendar(moments[~np.isnat(moments)]).values():
        yield sum(1 << int(value) for value in np.unique(values))
