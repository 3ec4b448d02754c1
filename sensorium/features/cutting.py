"""What cuts words into pieces: byte-pair pieces and n-grams do the rest alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from sensorium.features.coded import CodedWords, MarkedWords, Words
from sensorium.features.words import WordCounts, flatten


class Cutting:
    """Base of what numbers the pieces of words; a subclass cuts single words."""

    @property
    def size(self) -> int:
        """Number of ids, with padding and unknown."""
        raise NotImplementedError

    def cut(self, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids of all words one after another, and how many belong to each word.

        Every word has at least one.

        Args:
            words: Single words.
        """
        raise NotImplementedError

    def document(self) -> dict[str, Any]:
        """Plain data that the object can be made of again."""
        raise NotImplementedError

    def tokens(self, words: Words, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers the pieces of words.

        Args:
            words: Lists of words, or marked or coded words.
            length: Words after so many need not be cut, as each has a piece.

        Returns:
            The ids of all rows one after another, and how many belong to each row.
        """
        if isinstance(words, MarkedWords):
            words = CodedWords.of(words)
        if isinstance(words, CodedWords):
            head = words.head(length)
            ids, pieces = self._repeated(head.words, head.codes)
            word_counts = head.counts
        else:
            flat, word_counts = flatten(words, length)
            ids, pieces = self.pieces(flat)
        ends = np.concatenate([[0], np.cumsum(pieces)])
        row_ends = np.cumsum(word_counts, dtype=np.int64)
        return ids, np.diff(ends[np.concatenate([[0], row_ends])])

    def pieces(self, words: pl.Series | list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids of all words one after another, and the number of each word's pieces.

        A word that comes often is cut once.
        """
        if isinstance(words, list):
            return self.cut(words)
        distinct = words.unique()
        codes = words.cast(pl.Enum(distinct)).to_physical().to_numpy()
        return self._repeated(distinct, codes)

    def _repeated(
        self, distinct: pl.Series, codes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        ids, pieces = self.cut(distinct.to_list())
        counts = pieces[codes]
        starts = (np.cumsum(pieces) - pieces)[codes]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return ids[np.repeat(starts, counts) + within], counts


def stretch(tokens: Cutting, counts: WordCounts) -> float:
    """Pieces a word, on average over the training words."""
    table = counts.table
    if table.is_empty():
        return 1.0
    _, pieces = tokens.pieces(table["word"])
    weights = table["count"].to_numpy()
    return float((pieces * weights).sum() / weights.sum())
