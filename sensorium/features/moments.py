"""Mean, spread and range of columns, merged chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        some = absent.any()  # without, nothing needs to be copied

        def known(filled: np.ndarray, instead: float) -> np.ndarray:
            return np.where(absent, instead, filled) if some else filled

        count = len(values) - absent.sum(axis=0)
        mean = known(values, 0.0).sum(axis=0) / np.maximum(count, 1)
        apart = known(values - mean, 0.0)
        squares = np.einsum("ij,ij->j", apart, apart)
        low = known(values, np.inf).min(axis=0, initial=np.inf)
        high = known(values, -np.inf).max(axis=0, initial=-np.inf)
        return cls(count.astype(np.float64), mean, squares, low, high)

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

    def split(self, at: Sequence[int]) -> tuple[Moments, ...]:
        """The statistics of groups of columns, cut before each column of `at`."""
        fields = [np.split(getattr(self, name), at) for name in _FIELDS]
        return tuple(Moments(*group) for group in zip(*fields, strict=True))

    @classmethod
    def join(cls, parts: Sequence[Moments]) -> Self:
        """The statistics of all columns of the parts, one after another."""
        fields = ([getattr(part, name) for part in parts] for name in _FIELDS)
        return cls(*(np.concatenate(group) for group in fields))

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Subtracts the mean and divides by the deviation, clipped to +-`CLIP`.

        Constant columns become 0, whatever comes. NaN stays NaN, also there.
        """
        deviation = self.deviation
        scaled: np.ndarray = values - self.mean
        with np.errstate(over="ignore"):
            scaled /= np.where(deviation > 0, deviation, np.inf)
        return np.clip(scaled, -CLIP, CLIP, out=scaled)

    def arrays(self) -> dict[str, np.ndarray]:
        """The fields by name, for `State.arrays`."""
        return {f"moments_{name}": getattr(self, name) for name in _FIELDS}

    @classmethod
    def restore(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Makes the object from what `arrays` gave."""
        return cls(*(np.asarray(arrays[f"moments_{name}"]) for name in _FIELDS))
