"""A mergeable summary of a column's distribution, and the map to normal scores.

The summary keeps the distinct values with their exact counts. When there are more
than `LIMIT`, the lowest bits of every value's mantissa are dropped (towards zero) until
they fit; the number of bits that is left depends on the set of values alone. So the
result is the same, to the last bit, in whatever order and chunks the rows come.
Error: a value is known to a relative precision of `2 ** -bits`. Values that differ by
less count as one; everything else is exact. `bits` is 52 up to `LIMIT` distinct values,
and typically 10 to 14 for more; `LIMIT` is large enough that it never falls below 3.
Memory: at most 16 bytes times `LIMIT` = 0.5 MiB a column.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np

LIMIT = 32_768
KNOTS = 256
CLIP = 3.5
MANTISSA = 52

_NORMAL = NormalDist()
_TINY = np.finfo(np.float64).tiny
# Knots stand at equal steps of the score, not of the rank: so the tails keep theirs.
_LEVELS = np.array([_NORMAL.cdf(score) for score in np.linspace(-CLIP, CLIP, KNOTS)])


@dataclass(frozen=True)
class Sketch:
    """Distinct values of one column with their counts.

    Args:
        values: The distinct values, rising, float64.
        counts: How often each came.
        bits: How many bits of the mantissa are kept, of 52.
    """

    values: np.ndarray
    counts: np.ndarray
    bits: int = MANTISSA

    @classmethod
    def of(cls, values: np.ndarray) -> Self:
        """Summarises a float64 array `(rows,)`; NaN is left out."""
        known = values[~np.isnan(values)]
        # Subnormal numbers and -0.0 are 0: truncation would make more zeros of them.
        known = np.where(np.abs(known) < _TINY, 0.0, known)
        distinct, counts = np.unique(known, return_counts=True)
        return cls(*_fitted(distinct, counts.astype(np.int64), MANTISSA))

    def merge(self, other: Sketch) -> Sketch:
        """The summary of the values of both, equal to that of one pass."""
        bits = min(self.bits, other.bits)
        values = np.concatenate([self.values, other.values])
        order = np.argsort(values, kind="stable")
        counts = np.concatenate([self.counts, other.counts])
        return Sketch(*_fitted(values[order], counts[order], bits))

    def median(self) -> float:
        """The value in the middle; 0 without values."""
        if not len(self.values):
            return 0.0
        below = np.cumsum(self.counts)
        return float(self.values[np.searchsorted(below, below[-1] / 2)])

    def scores(self) -> Scores:
        """The map of this distribution to normal scores."""
        if not len(self.values):
            return Scores(np.zeros(1), np.zeros(1), self.bits)
        below = np.cumsum(self.counts)
        # Ties share the middle of their ranks: a column of 60 % zeros keeps its shape.
        middle = (below - self.counts / 2) / below[-1]
        chosen = slice(None) if len(middle) <= KNOTS else _nearest(middle, _LEVELS)
        scores = [_NORMAL.inv_cdf(share) for share in middle[chosen].tolist()]
        return Scores(self.values[chosen], np.clip(scores, -CLIP, CLIP), self.bits)


@dataclass(frozen=True)
class Scores:
    """A rising map from values to normal scores in [-3.5, 3.5].

    Exact at up to 256 knots, straight lines between, level beyond the ends. With more
    distinct values than knots, a training value's score is off by at most two steps
    of 7 / 255, so 0.055.

    Args:
        knots: Rising values, float64.
        scores: Their scores.
        bits: Bits of the mantissa that are looked at.
    """

    knots: np.ndarray
    scores: np.ndarray
    bits: int

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Scores of a float64 array `(rows,)`; NaN stays NaN."""
        with np.errstate(over="ignore", invalid="ignore"):
            scores = np.interp(truncate(values, self.bits), self.knots, self.scores)
        clipped: np.ndarray = np.clip(scores, -CLIP, CLIP)
        return clipped


def truncate(values: np.ndarray, bits: int) -> np.ndarray:
    """Keeps `bits` bits of each float64's mantissa, towards zero."""
    if bits >= MANTISSA:
        return values
    mask = np.uint64(2**64 - 2 ** (MANTISSA - bits))
    raw = np.ascontiguousarray(values).view(np.uint64)
    cut: np.ndarray = (raw & mask).view(np.float64)
    return cut


def _fitted(
    values: np.ndarray, counts: np.ndarray, bits: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Joins equal neighbours after dropping as many bits as needed."""
    raw = values.view(np.uint64)
    apart = raw[1:] ^ raw[:-1]

    def distinct(kept: int) -> int:
        return 1 + int(np.count_nonzero(apart >> np.uint64(MANTISSA - kept)))

    bits = bisect.bisect_right(range(bits + 1), LIMIT, key=distinct) - 1
    values = truncate(values, bits)
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    if not len(values):
        return values, counts, bits
    return values[starts], np.add.reduceat(counts, starts), bits


def _nearest(rising: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    after = np.clip(np.searchsorted(rising, wanted), 1, len(rising) - 1)
    closer = wanted - rising[after - 1] < rising[after] - wanted
    return np.unique(np.where(closer, after - 1, after))
