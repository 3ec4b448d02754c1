"""Words with their character n-grams, so that rare and unseen words mean something."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sensorium.features.cutting import Cutting
from sensorium.features.words import FIRST, SEPARATOR, UNKNOWN, WordCounts

SIZES = (3, 4, 5)
"""Letters of an n-gram, boundary marks among them."""

LONGEST = 64
"""N-grams are taken from so many letters of a word, so that no word is endless."""

_MARK = " "  # stands before and after each word; no word holds one
_WORDS = 50_000  # words whose n-grams are counted at once


def cut_word(word: str) -> list[str]:
    """The word between its marks, then its n-grams, the short ones first.

    Marks make the beginning of a word another n-gram than its middle; the whole word
    with its marks is a piece too (Bojanowski et al., 2017, section 3.2). The sign
    between two columns has no n-grams.

    Args:
        word: One word, as `sensorium.features.words.split` gives it.
    """
    whole = f"{_MARK}{word}{_MARK}"
    if word == SEPARATOR:
        return [whole]
    part = whole[:LONGEST]
    found = [
        part[at : at + size] for size in SIZES for at in range(len(part) - size + 1)
    ]
    return [whole, *(piece for piece in found if piece != whole)]


@dataclass(frozen=True)
class Ngrams(Cutting):
    """Numbers words and their n-grams: 0 padding, 1 unknown, then known pieces.

    A word gives its own id, if it is known, and those of its known n-grams; a word
    without any is unknown.

    Args:
        known: The known words (with a blank before and after) and n-grams by id, from
            `FIRST`.
    """

    known: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of ids, with padding and unknown."""
        return FIRST + len(self.known)

    def cut(self, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids of all words one after another, and how many belong to each word."""
        by_piece = self._by_piece
        rows = [
            [by_piece[piece] for piece in cut_word(word) if piece in by_piece]
            or [UNKNOWN]
            for word in words
        ]
        counts = np.fromiter(map(len, rows), np.int64, len(rows))
        return np.array([id_ for row in rows for id_ in row], np.int32), counts

    def document(self) -> dict[str, Any]:
        """Plain data that `Ngrams` can be made of again."""
        return {"pieces": list(self.known)}

    @functools.cached_property
    def _by_piece(self) -> dict[str, int]:
        return {piece: at for at, piece in enumerate(self.known, FIRST)}


def learn_ngrams(counts: WordCounts, vocabulary_size: int, min_count: int) -> Ngrams:
    """Keeps the most frequent words and n-grams of the training words.

    The paper numbers n-grams by hashing; a vocabulary has no collisions, and n-grams
    seen once would only be learnt by heart.

    Args:
        counts: Words and how often they came.
        vocabulary_size: At most so many words and n-grams together.
        min_count: Those that came less often are unknown.
    """
    words = counts.table["word"].to_list()
    times = counts.table["count"].to_numpy()
    table = pl.DataFrame(schema={"piece": pl.String, "count": pl.Int64})
    for at in range(0, len(words), _WORDS):
        part = _counted(words[at : at + _WORDS], times[at : at + _WORDS])
        table = pl.concat([table, part]).group_by("piece").sum()
    known = table.filter(pl.col("count") >= min_count)
    order = known.sort(["count", "piece"], descending=[True, False])
    return Ngrams(tuple(order.head(vocabulary_size)["piece"].to_list()))


def _counted(words: list[str], times: np.ndarray) -> pl.DataFrame:
    rows = [cut_word(word) for word in words]
    pieces = [piece for row in rows for piece in row]
    counts = np.repeat(times, [len(row) for row in rows])
    return pl.DataFrame({"piece": pieces, "count": counts}).group_by("piece").sum()
