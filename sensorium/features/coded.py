"""Words of many rows, in one series or as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
import polars as pl

ROW = "\x1e"
"""Stands after the words of each row in `MarkedWords`; no word contains it."""


@dataclass(frozen=True)
class MarkedWords:
    """The words of many rows in one series.

    Args:
        flat: The words, after each row's `ROW`; empty texts anywhere mean nothing.
    """

    flat: pl.Series


@dataclass(frozen=True)
class CodedWords:
    """The words of many rows as numbers, for what is done with them twice.

    Args:
        words: Distinct words; among them also marks, which no code points to.
        codes: The place in `words` of each row's words, one row after another.
        counts: How many words each row has.
    """

    words: pl.Series
    codes: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, marked: MarkedWords) -> Self:
        """Numbers the words of many rows."""
        found = marked.flat.cast(pl.Categorical).to_physical().to_numpy()
        if not len(found):
            return cls(marked.flat, found, np.zeros(0, np.int64))
        last = np.full(int(found.max()) + 1, -1, dtype=np.int32)
        last[found] = np.arange(len(found), dtype=np.int32)
        known = last >= 0
        if 2 * np.count_nonzero(known) < len(known):
            # Polars has numbered many other words, of other series, between.
            dense = (np.cumsum(known) - 1).astype(np.uint32)
            found, last = dense[found], last[known]
        row = int(found[-1])
        words = marked.flat.gather(np.where(last < 0, last[row], last))
        return cls(words, *without_marks(found, row, words.index_of("")))

    @property
    def nbytes(self) -> int:
        """Memory that it takes, about."""
        texts = self.words.estimated_size()
        return int(self.codes.nbytes + self.counts.nbytes + texts)

    def only(self, rows: np.ndarray) -> Self:
        """Some of the rows.

        Args:
            rows: Whether each row is kept.
        """
        kept = self.codes[np.repeat(rows, self.counts)]
        return type(self)(self.words, kept, self.counts[rows])

    def head(self, length: int) -> Self:
        """The first words of each row."""
        if not len(self.codes) or int(self.counts.max()) <= length:
            return self
        starts = np.cumsum(self.counts) - self.counts
        position = np.arange(len(self.codes)) - np.repeat(starts, self.counts)
        kept = self.codes[position < length]
        return type(self)(self.words, kept, np.minimum(self.counts, length))


def without_marks(
    codes: np.ndarray, row: int, empty: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Takes the marks out of numbered `MarkedWords`.

    Args:
        codes: The number of each word and mark.
        row: The number of `ROW`.
        empty: The number of the empty text, if it may have come.

    Returns:
        The numbers of the words, and how many belong to each row.
    """
    if empty is not None:
        codes = codes[codes != empty]
    marks = codes == row
    counts = np.diff(np.flatnonzero(marks), prepend=-1) - 1
    return codes[~marks], counts


Words: TypeAlias = "pl.Series | MarkedWords | CodedWords"
"""Words of rows: as lists, or in one of the ways that are faster for many rows."""
