"""Words as pieces, learnt from word counts by Hugging Face's `tokenizers`."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sensorium.errors import DataError, MissingExtraError, sentence
from sensorium.features.cutting import Cutting
from sensorium.features.words import SEPARATOR, WordCounts

MOST_TRAINING_WORDS = 5_000_000
"""Larger counts are scaled down to about this many words before pieces are learnt."""

_START = "▁"  # stands before the first letter of a word
_LINE = 1000  # words that are handed over at once


def _tokenizers() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        text = '`tokens="subwords"` needs the package tokenizers'
        fix = 'Install it with `pip install "sensorium[subword]"`.'
        raise MissingExtraError(sentence("", text, fix=fix)) from error
    return tokenizers


def require_tokenizers() -> None:
    """Raises `MissingExtraError` unless the extra is installed."""
    _tokenizers()


@dataclass(frozen=True)
class Subwords(Cutting):
    """Cuts words into pieces and numbers them: 0 padding, 1 unknown, then pieces.

    Args:
        text: The tokenizer as JSON text.
    """

    text: str

    @property
    def size(self) -> int:
        """Number of ids, with padding and unknown."""
        return int(self._tokenizer.get_vocab_size())

    def cut(self, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids of all words one after another, and how many belong to each word."""
        marked = [_START + word for word in words]
        found = [item.ids for item in self._tokenizer.encode_batch_fast(marked)]
        counts = np.array([len(ids) for ids in found], dtype=np.int64)
        return np.array([id_ for ids in found for id_ in ids], np.int32), counts

    def document(self) -> dict[str, Any]:
        """Plain data that `Subwords` can be made of again."""
        return {"tokenizer": self.text}

    @functools.cached_property
    def _tokenizer(self) -> Any:
        # The parser of tokenizers raises bare exceptions.
        try:
            return _tokenizers().Tokenizer.from_str(self.text)
        except Exception as error:
            if isinstance(error, MissingExtraError):
                raise
            text = "the state of a text feature holds no tokenizer that can be read"
            raise DataError(sentence("", text)) from error


def learn(counts: WordCounts, vocabulary_size: int, min_count: int) -> Subwords:
    """Learns pieces by byte-pair encoding (Sennrich et al., 2016, section 3.2).

    Ours differs in that a sign marks the start of a word instead of its end, and that
    Unicode's normal form and the split into words come from `sensorium.features.words`.
    The same counts give the same pieces, in every process.

    Args:
        counts: Words and how often they came.
        vocabulary_size: At most so many pieces, with padding and unknown.
        min_count: A pair of pieces is joined if it came at least so often.
    """
    tokenizers = _tokenizers()
    model = tokenizers.models.BPE(unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    table = counts.table.filter(pl.col("word") != SEPARATOR).sort("word")
    alphabet = _alphabet(table, max(vocabulary_size // 2, 1))
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        min_frequency=min_count,
        special_tokens=["[PAD]", "[UNK]"],
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_training_words(table), trainer)
    return Subwords(tokenizer.to_str())


def _alphabet(table: pl.DataFrame, most: int) -> list[str]:
    # Chosen here, as tokenizers breaks ties in the order of its hash table.
    letters = table.select(pl.col("word").str.split(""), "count").explode("word")
    counts = letters.filter(pl.col("word") != "").group_by("word").sum()
    order = counts.sort(["count", "word"], descending=[True, False])
    return sorted([_START, *order.head(most - 1)["word"]])


def _training_words(table: pl.DataFrame) -> Iterator[str]:
    """Each word as often as it came, in the table's order."""
    total = int(table["count"].sum())
    scale = min(1.0, MOST_TRAINING_WORDS / max(total, 1))
    for word, count in table.iter_rows():
        rest = max(1, round(count * scale))
        while rest > 0:
            yield " ".join([_START + word] * min(rest, _LINE))
            rest -= _LINE
