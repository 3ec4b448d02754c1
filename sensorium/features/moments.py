"""Mean, spread and range of columns, merged chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

CLIP = 1e6
"""Standardised values are clipped to +-CLIP, so that nothing overflows."""

_FIELDS = ("count", "mean", "squares", "low", "high")


@dataclass(frozen=True)
class Moments:
    """Statistics of some columns, NaN left out; every array has shape `(columns,)`.

    Merged by the rule of Chan, Golub and LeVeque (1979), "Updating formulae and a
    pairwise algorithm for computing sample variances", equation 2.1. It is exact but
    for the rounding of float64.

    Args:
        count: How many values were there.
        mean: Their mean; 0 without values.
        squares: Sum of squared differences from the mean.
        low: Smallest value; inf without values.
        high: Largest value; -inf without values.
    """

    count: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Self:
        """Computes them from a float64 matrix `(rows, columns)`."""
        absent = np.isnan(values)
        count = len(values) - absent.sum(axis=0)
        mean = np.where(absent, 0.0, values).sum(axis=0) / np.maximum(count, 1)
        squares = np.where(absent, 0.0, values - mean) ** 2
        low = np.where(absent, np.inf, values).min(axis=0, initial=np.inf)
        high = np.where(absent, -np.inf, values).max(axis=0, initial=-np.inf)
        return cls(count.astype(np.float64), mean, squares.sum(axis=0), low, high)

    def merge(self, other: Moments) -> Moments:
        """The statistics of the values of both."""
        count = self.count + other.count
        share = other.count / np.maximum(count, 1)
        apart = other.mean - self.mean
        mean = np.where(self.count > 0, self.mean + apart * share, other.mean)
        between = apart**2 * self.count * share
        return Moments(
            count,
            mean,
            self.squares + other.squares + between,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation (division by the count); exactly 0 for a constant."""
        constant = self.low >= self.high
        return np.where(
            constant, 0.0, np.sqrt(self.squares / np.maximum(self.count, 1))
        )

    def one(self, at: int) -> Moments:
        """The statistics of one column alone."""
        return Moments(*(getattr(self, name)[at : at + 1] for name in _FIELDS))

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Subtracts the mean and divides by the deviation, clipped to +-`CLIP`.

        Constant columns become 0, whatever comes. NaN stays NaN, also there.
        """
        deviation = self.deviation
        with np.errstate(over="ignore"):
            scaled = (values - self.mean) / np.where(deviation > 0, deviation, np.inf)
        clipped: np.ndarray = np.clip(scaled, -CLIP, CLIP)
        return clipped

    def arrays(self) -> dict[str, np.ndarray]:
        """The fields by name, for `State.arrays`."""
        return {f"moments_{name}": getattr(self, name) for name in _FIELDS}

    @classmethod
    def restore(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Makes the object from what `arrays` gave."""
        return cls(*(np.asarray(arrays[f"moments_{name}"]) for name in _FIELDS))
