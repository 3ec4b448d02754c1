"""The sizes of many pictures, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from sensorium.features.pictures import Header

LONGEST_SIDE = 128
"""The longest side, in pixels, that a size learnt from training rows can have."""


@dataclass(frozen=True)
class Sizes:
    """What `fit` learns of pictures; adds up chunk by chunk.

    Args:
        heights: How often each height came.
        widths: How often each width came.
        pictures: Number of readable pictures.
        grey: How many of them have no colours.
        alpha: How many of them can be transparent.
        unreadable: Number of cells that could not be read.
    """

    heights: Mapping[int, int] = field(default_factory=dict)
    widths: Mapping[int, int] = field(default_factory=dict)
    pictures: int = 0
    grey: int = 0
    alpha: int = 0
    unreadable: int = 0

    @classmethod
    def of(cls, headers: Sequence[Header], unreadable: int) -> Self:
        """Counts the pictures of one chunk."""
        return cls(
            Counter(header.height for header in headers),
            Counter(header.width for header in headers),
            len(headers),
            sum(header.grey for header in headers),
            sum(header.alpha for header in headers),
            unreadable,
        )

    def merge(self, other: Self) -> Self:
        """Adds what came in other rows."""
        return type(self)(
            Counter(self.heights) + Counter(other.heights),
            Counter(self.widths) + Counter(other.widths),
            self.pictures + other.pictures,
            self.grey + other.grey,
            self.alpha + other.alpha,
            self.unreadable + other.unreadable,
        )

    @property
    def size(self) -> tuple[int, int]:
        """Median height and width, shrunk alike to at most `LONGEST_SIDE`."""
        if not self.pictures:
            return (64, 64)
        height, width = _median(self.heights), _median(self.widths)
        scale = min(1.0, LONGEST_SIDE / max(height, width))
        return max(1, round(height * scale)), max(1, round(width * scale))

    @property
    def channels(self) -> int:
        """1 if all are grey and opaque, 4 if half can be transparent, else 3."""
        if self.pictures and 2 * self.alpha >= self.pictures:
            return 4
        grey = self.pictures and self.grey == self.pictures and not self.alpha
        return 1 if grey else 3


def _median(counts: Mapping[int, int]) -> int:
    """The lower median of values that came so often."""
    half, seen = sum(counts.values()) / 2, 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= half:
            return value
    return 0
