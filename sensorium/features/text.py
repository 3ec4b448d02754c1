"""Texts: words or pieces of words as numbers."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.features.base import (
    Columns,
    Encoded,
    Feature,
    Reading,
    State,
    source_names,
)
from sensorium.features.cells import read_texts
from sensorium.features.coded import CodedWords, Words
from sensorium.features.cutting import Cutting, stretch
from sensorium.features.ngrams import Ngrams, learn_ngrams
from sensorium.features.pretrained import Pretrained, TokenLengths, joined
from sensorium.features.subwords import Subwords, learn, require_tokenizers
from sensorium.features.words import (
    FEW_ROWS,
    Vocabulary,
    WordCounts,
    mark_words,
    pad,
    split,
)
from sensorium.schema import EncoderArgument, Positive


@dataclass(frozen=True)
class TextDigest:
    """The words of some rows.

    Args:
        names: The columns that they come from.
        words: The words.
        errors: Row -> why its texts could not be read.
    """

    names: tuple[str, ...]
    words: CodedWords
    errors: Mapping[int, str]

    @property
    def nbytes(self) -> int:
        """Memory that it takes, about."""
        return self.words.nbytes


class Text(Feature):
    """Free text, in one or several columns.

    `values` has shape `(rows, length)`, int32: ids of tokens, 0 = padding, 1 = unknown,
    then known tokens by falling frequency in training, and by alphabet where equal.
    Longer texts are cut at their end. Several columns are joined in their order with a
    token of its own between them, even where one of them is empty.

    How texts are split is told by `sensorium.features.words.split`. A missing text is
    absent, and so is one without any word (`""`, `"..."`). A number or a date in a
    column of texts is read as it would be written; bytes and lists are errors of their
    row.

    Merging is exact as long as the training rows hold no more than two million distinct
    words; beyond that the rarest are dropped while counting.

    Args:
        columns: Source columns; the input's own name if left out.
        encoder: What turns the ids into a vector; the default one if left out.
        tokens: "words"; "ngrams" for words and their runs of 3 to 5 characters, which
            suits short texts, whose words are often rare (Bojanowski et al., 2017,
            section 3.2; ours has a vocabulary of the frequent ones instead of hashing);
            or "subwords" for pieces of words learnt by byte-pair encoding, which suits
            languages of long words and rare names, and needs the extra
            `sensorium[subword]`; or `{"tokenizer": PATH}` for that of a model from
            elsewhere: a `tokenizer.json` or its folder (the same extra). It decides on
            case, unknown words and vocabulary, marks the ends of a text, and takes
            several columns joined by a space.
        vocabulary_size: At most so many known words; for n-grams and subwords, so many
            words and pieces together.
        length: Number of tokens of a row; if left out, what holds 99 % of the training
            texts whole, rounded up to a multiple of 8. (For n-grams and subwords the
            number of words is multiplied by the mean number of pieces of a word.)
        max_length: The most that a left-out `length` can become.
        lowercase: Whether case is ignored.
        min_count: Words and pieces that came less often in training are unknown.
    """

    kind = "text"

    counts_: WordCounts | TokenLengths

    def __init__(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        tokens: Literal["words", "ngrams", "subwords"]
        | Mapping[Literal["tokenizer"], str] = "words",
        vocabulary_size: Positive = 20_000,
        length: Positive | None = None,
        max_length: Positive = 256,
        lowercase: bool = True,
        min_count: Positive = 2,
    ) -> None:
        self.columns = columns
        self.encoder = encoder
        self.tokens = tokens
        self.vocabulary_size = vocabulary_size
        self.length = length
        self.max_length = max_length
        self.lowercase = lowercase
        self.min_count = min_count

    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Counts the words of these rows; unreadable cells are left out.

        Raises:
            MissingExtraError: If subwords are asked and `tokenizers` is not installed.
        """
        if self.tokens == "subwords":
            require_tokenizers()
        if isinstance(self.tokens, Mapping):
            fitted = self._fresh(source_names(self, columns))
            found, _ = read_texts(fitted, columns, reading)
            lengths = fitted._foreign().lengths(joined(found))
            fitted.counts_ = TokenLengths.of(lengths)
            return fitted
        digest = self._digest(columns, reading)
        return self.fit_digest(digest, np.ones(len(digest.words.counts), np.bool_))

    def merge(self, other: Self) -> Self:
        """Adds the counts of both."""
        self.require_same(other)
        merged = self._fresh(self.names_)
        merged.counts_ = self._counts().merge(other._counts())
        return merged

    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Numbers the tokens of each row."""
        self.require_fitted()
        texts, errors = read_texts(self, columns, reading)
        if isinstance(self.tokens, Mapping):
            whole = joined(texts)
            values = self._foreign().numbers(whole, self.length_)
            return Encoded(values, np.array([bool(t) for t in whole]), errors)
        few = len(texts[0]) <= FEW_ROWS
        words = (split if few else mark_words)(texts, lowercase=self.lowercase)
        return self._encoded(words, errors)

    def digest(
        self, columns: Columns, reading: Reading = Reading()
    ) -> TextDigest | None:
        """Splits the texts of these rows."""
        if isinstance(self.tokens, Mapping):
            return None
        return self._digest(columns, reading)

    def _digest(self, columns: Columns, reading: Reading) -> TextDigest:
        names = source_names(self, columns)
        texts, errors = read_texts(self._fresh(names), columns, reading)
        words = CodedWords.of(mark_words(texts, lowercase=self.lowercase))
        return TextDigest(names, words, errors)

    def fit_digest(self, digest: TextDigest, rows: np.ndarray) -> Self:
        """Counts the words of some of these rows."""
        words = digest.words if rows.all() else digest.words.only(rows)
        fitted = self._fresh(digest.names)
        fitted.counts_ = WordCounts.of(words, self.max_length)
        return fitted

    def encode_digest(self, digest: TextDigest) -> Encoded:
        """Numbers the tokens of each of these rows."""
        self.require_fitted()
        return self._encoded(digest.words, digest.errors)

    def state(self) -> State:
        """The vocabulary or the tokenizer, and the length."""
        self.require_fitted()
        document = {"names": list(self.names_), "length": self.length_}
        return State({**document, **self.vocabulary_.document()})

    def restore(self, state: State) -> Self:
        """Returns a fitted copy with this state; it cannot be merged."""
        document = state.document
        fitted = self._fresh(tuple(document["names"]))
        fitted.__dict__["length_"] = int(document["length"])
        fitted.__dict__["vocabulary_"] = self._vocabulary(document)
        return fitted

    def shape(self) -> tuple[int, ...]:
        """`(length,)`."""
        self.require_fitted()
        return (self.length_,)

    def encoder_arguments(self) -> dict[str, Any]:
        """`vocabulary_size`: the number of ids, with padding and unknown."""
        self.require_fitted()
        return {"vocabulary_size": self.vocabulary_.size}

    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return hasattr(self, "counts_") or "vocabulary_" in self.__dict__

    def _encoded(self, words: Words, errors: Mapping[int, str]) -> Encoded:
        tokens: Any = self.vocabulary_
        ids, counts = tokens.tokens(words, self.length_)
        return Encoded(pad(ids, counts, self.length_), counts > 0, errors)

    def _vocabulary(
        self, document: Mapping[str, Any]
    ) -> Vocabulary | Cutting | Pretrained:
        if self.tokens == "subwords":
            return Subwords(document["tokenizer"])
        if self.tokens == "ngrams":
            return Ngrams(tuple(document["pieces"]))
        if isinstance(self.tokens, Mapping):
            return Pretrained(document["tokenizer"])
        return Vocabulary(tuple(document["words"]))

    # Both are worked out when first needed, so that merging many chunks only adds.
    @functools.cached_property
    def vocabulary_(self) -> Vocabulary | Cutting | Pretrained:
        """The known tokens."""
        if isinstance(self.tokens, Mapping):
            return Pretrained.read(self.tokens.get("tokenizer", ""))
        counts = self._counts()
        if self.tokens == "subwords":
            return learn(counts, self.vocabulary_size, self.min_count)
        if self.tokens == "ngrams":
            return learn_ngrams(counts, self.vocabulary_size, self.min_count)
        known = counts.frequent(self.vocabulary_size, self.min_count)
        return Vocabulary(tuple(known["word"].to_list()))

    @functools.cached_property
    def length_(self) -> int:
        """Number of tokens of a row."""
        if self.length is not None:
            return self.length
        counts, tokens = self._counts(), self.vocabulary_
        if isinstance(counts, TokenLengths):
            return min(int(counts.length()), self.max_length)
        times = stretch(tokens, counts) if isinstance(tokens, Cutting) else 1.0
        return min(int(counts.length(stretch=times)), self.max_length)

    def _foreign(self) -> Pretrained:
        tokens = self.vocabulary_
        if not isinstance(tokens, Pretrained):
            raise DataError(sentence("", "the state of a text feature is another's"))
        return tokens

    def _counts(self) -> Any:
        if not hasattr(self, "counts_"):
            text = "a restored text feature cannot be merged"
            raise DataError(sentence("", text, fix="Fit again on the rows of both."))
        return self.counts_

    def _fresh(self, names: tuple[str, ...]) -> Self:
        # Only the arguments and the names: nothing fitted or cached may come along.
        fresh = copy.copy(self)
        fitted = ("counts_", "vocabulary_", "length_")
        fresh.__dict__ = {k: v for k, v in vars(self).items() if k not in fitted}
        fresh.names_ = names
        return fresh
