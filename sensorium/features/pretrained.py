"""Texts as the ids of a tokenizer that came with a pretrained model."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from sensorium.errors import DataError, near, sentence
from sensorium.features.subwords import require_tokenizers

FILE = "tokenizer.json"
_PADDING = ("[PAD]", "<pad>", "<|pad|>", "<|endoftext|>")
_LONGEST = 4096
_MULTIPLE = 8


@dataclass(frozen=True)
class Pretrained:
    """Numbers whole texts as Hugging Face's `tokenizers` does, signs of the ends too.

    Id 0 is always padding: where the tokenizer pads with another id, the two change
    places, here and in the encoder.

    Args:
        text: The tokenizer as JSON text.
    """

    text: str

    @classmethod
    def read(cls, path: str) -> Self:
        """Reads a `tokenizer.json`, or the folder that holds one.

        Raises:
            DataError: If it is missing, or is no tokenizer.
        """
        file = Path(path) / FILE if Path(path).is_dir() else Path(path)
        if not file.is_file():
            folder = file.parent
            names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
            text = "there is no such tokenizer"
            raise DataError(sentence(str(file), text, fix=near(file.name, names)))
        found = cls(file.read_text(encoding="utf-8"))
        _ = found.pad_id
        return found

    @property
    def size(self) -> int:
        """Number of ids."""
        return int(self._tokenizer.get_vocab_size())

    @functools.cached_property
    def pad_id(self) -> int:
        """The id that the tokenizer pads with."""
        padding = json.loads(self.text).get("padding") or {}
        ids = [padding.get("pad_id")] + [
            self._tokenizer.token_to_id(t) for t in _PADDING
        ]
        found = next((id_ for id_ in ids if id_ is not None), None)
        if found is None:
            text = "the tokenizer has no token for padding"
            raise DataError(sentence("", text, fix="Take a model that has one."))
        return int(found)

    def numbers(self, texts: Sequence[str], length: int) -> np.ndarray:
        """Ids `(rows, length)`, int32, 0 = padding; empty texts are all padding."""
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(length)
        values = np.full((len(texts), length), self.pad_id, dtype=np.int32)
        for row, item in enumerate(self._tokenizer.encode_batch(list(texts))):
            if texts[row]:
                values[row, : len(item.ids)] = item.ids
        padded, zero = values == self.pad_id, values == 0
        return np.where(padded, 0, np.where(zero, self.pad_id, values)).astype(np.int32)

    def lengths(self, texts: Sequence[str]) -> np.ndarray:
        """How many ids each text has, signs of the ends included."""
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)
        found = self._tokenizer.encode_batch([text for text in texts if text])
        return np.array([len(item.ids) for item in found], dtype=np.int64)

    def document(self) -> dict[str, Any]:
        """Plain data that the object can be made of again."""
        return {"tokenizer": self.text}

    @functools.cached_property
    def _tokenizer(self) -> Any:
        require_tokenizers()
        from tokenizers import Tokenizer

        # The parser of tokenizers raises bare exceptions.
        try:
            return Tokenizer.from_str(self.text)
        except Exception as error:
            text = "this is no tokenizer that the package tokenizers can read"
            raise DataError(sentence("", text, str(error))) from error


@dataclass(frozen=True)
class TokenLengths:
    """How many texts have how many ids.

    Args:
        counts: The number of texts of each length, from 0.
    """

    counts: np.ndarray

    @classmethod
    def of(cls, lengths: np.ndarray) -> Self:
        """Counts lengths."""
        return cls(np.bincount(lengths, minlength=_LONGEST + 1))

    def merge(self, other: Self) -> Self:
        """Adds both counts."""
        return type(self)(self.counts + other.counts)

    def length(self, share: float = 0.99) -> int:
        """What holds a share of the texts whole, rounded up to a multiple of 8."""
        total = int(self.counts.sum())
        if not total:
            return _MULTIPLE
        at = int(np.searchsorted(np.cumsum(self.counts), share * total))
        return -(-at // _MULTIPLE) * _MULTIPLE


def joined(texts: Sequence[pl.Series]) -> list[str]:
    """The texts of several columns of each row as one; empty where there is none."""
    columns = [series.fill_null("").str.strip_chars() for series in texts]
    rows = zip(*(column.to_list() for column in columns), strict=True)
    return [" ".join(text for text in row if text) for row in rows]
