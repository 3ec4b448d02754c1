"""Texts as words: cleaning, splitting, counting, and numbering."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from sensorium.features.coded import (
    ROW,
    CodedWords,
    MarkedWords,
    Words,
    without_marks,
)

SEPARATOR = "¶"
"""The token between two columns; no text can contain it, as splitting drops it."""

MOST_BYTES = 2**28
"""Texts are joined up to this size; Polars ends at 2**32 bytes a text."""

MOST_WORDS = 2_000_000
"""More distinct words than this are not kept while counting."""

FEW_ROWS = 32
FEW_WORDS = 4096
"""Up to here plain Python is faster than Polars. Both give the same."""

PAD, UNKNOWN, FIRST = 0, 1, 2
"""Ids of padding, of unknown words, and of the first known word."""

# Joins nothing and separates nothing, but for the zero-width space (U+200B), which
# stands between words. The last two choose how an emoji is drawn.
_INVISIBLE = r"[[\p{Cf}--\x{200B}]\x{FE0E}\x{FE0F}]"

# A word is a run of letters, marks and digits. Flags (two letters of their own), signs
# and Chinese characters are tokens one by one; everything else separates.
_ALONE = r"[\x{1F1E6}-\x{1F1FF}]{2}|[\p{Han}\p{S}!?%&#@]"
_MARKS = rf"({_ALONE})|[^\p{{L}}\p{{M}}\p{{N}}\p{{S}} !?%&#@]+"
_SIGNS = "$+<=>`|~!?%&#@^"
_ASCII_WORDS = re.compile(rf"[A-Za-z0-9]+|[{_SIGNS}]")  # the same, for ASCII
_WORDS = pl.List(pl.String)


def split(columns: Sequence[pl.Series], *, lowercase: bool) -> pl.Series:
    """Splits texts into words.

    Texts are lower-cased if asked, freed of invisible characters, and brought to
    Unicode's normal form C, so that an accent gives the same word however it was typed.
    (Form KC would also make one of `²` and `2`, or `①` and `1`, which mean different
    things.) Words are runs of letters, marks and digits; the signs `! ? % & # @`, all
    symbols ($, +, emoji ...) and each Chinese character are words of their own; other
    punctuation only separates.

    Args:
        columns: Texts, one series a column; they are joined with `SEPARATOR`.
        lowercase: Whether case is ignored.

    Returns:
        One list of words a row, null where there is no word at all.
    """
    odd = _odd_rows(columns)
    if len(odd) <= FEW_ROWS and not odd.any():
        return _split_few(columns, lowercase)
    return _cleaned_rows(columns, odd, lowercase).str.split(" ")


def mark_words(columns: Sequence[pl.Series], *, lowercase: bool) -> MarkedWords:
    """Splits texts into the words that `split` gives, faster for many rows.

    Args:
        columns: As for `split`.
        lowercase: The same.
    """
    rows = len(columns[0])
    if rows > 1 and sum(int(c.str.len_bytes().sum()) for c in columns) > MOST_BYTES:
        halves = [c[: rows // 2] for c in columns], [c[rows // 2 :] for c in columns]
        flat = [mark_words(half, lowercase=lowercase).flat for half in halves]
        return MarkedWords(pl.concat(flat))
    return MarkedWords(_marked(_one_column(columns, lowercase), lowercase))


def _one_column(columns: Sequence[pl.Series], lowercase: bool) -> pl.Series:
    """One text a row in which only plain ASCII is left to be cleaned."""
    odd = _odd_rows(columns)
    marks = any(c.str.contains(ROW, literal=True).any() for c in columns)
    if marks or len(columns) > 1:
        return _cleaned_rows(columns, odd, lowercase)
    if not odd.any():
        return columns[0]
    odd_rows = np.flatnonzero(odd)
    clean = _clean([columns[0].gather(odd_rows)], lowercase, plain=False)
    return columns[0].clone().scatter(odd_rows, clean)


def _marked(texts: pl.Series, lowercase: bool) -> pl.Series:
    """Words of texts that are ASCII, or clean already: cleaning leaves these alone."""
    data = _bytes(texts).translate(_table(lowercase))
    for sign in _SIGNS.encode():
        letter = bytes([sign])
        if letter in data:
            data = data.replace(letter, b" " + letter + b" ")
    flat = pl.Series([data]).cast(pl.String).str.split(" ").explode()
    return flat[:-1]  # without the empty text after the last mark


def _bytes(texts: pl.Series) -> bytes:
    ended = pl.concat([texts.fill_null("").rename(""), pl.Series([""])])
    return bytes(ended.str.join(f" {ROW} ").cast(pl.Binary)[0])


@functools.cache
def _table(lowercase: bool) -> bytes:
    """For each byte the one that stands for it; between words stand blanks."""
    kept = {*_SIGNS.encode(), *ROW.encode(), *range(128, 256)}
    letters = {byte for byte in range(128) if chr(byte).isalnum()}
    table = [byte if byte in kept | letters else ord(" ") for byte in range(256)]
    return bytes(table).lower() if lowercase else bytes(table)


def _odd_rows(columns: Sequence[pl.Series]) -> np.ndarray:
    odd = np.zeros(len(columns[0]), dtype=np.bool_)
    for column in columns:
        if len(column) <= FEW_ROWS:
            plain = [(text or "").isascii() for text in column.to_list()]
            odd |= ~np.array(plain, dtype=np.bool_)
        else:
            longer = column.str.len_bytes() != column.str.len_chars()
            odd |= longer.fill_null(value=False).to_numpy()
    return odd


def _split_few(columns: Sequence[pl.Series], lowercase: bool) -> pl.Series:
    rows: list[list[str] | None] = []
    for cells in zip(*(column.to_list() for column in columns), strict=True):
        cased = [(text or "").lower() if lowercase else text or "" for text in cells]
        found = [_ASCII_WORDS.findall(text) for text in cased]
        joined = found[0]
        for more in found[1:]:
            joined = [*joined, SEPARATOR, *more]
        rows.append(joined if any(found) else None)
    return pl.Series(rows, dtype=_WORDS)


def _cleaned_rows(
    columns: Sequence[pl.Series], odd: np.ndarray, lowercase: bool
) -> pl.Series:
    """Words with one space between; null where there are none."""
    if not odd.any():
        return _clean(columns, lowercase, plain=True)
    if odd.all():
        return _clean(columns, lowercase, plain=False)
    # Normal form C costs five times as much as all the rest: only where it matters.
    plain_rows, odd_rows = np.flatnonzero(~odd), np.flatnonzero(odd)
    plain = _clean([c.gather(plain_rows) for c in columns], lowercase, plain=True)
    other = _clean([c.gather(odd_rows) for c in columns], lowercase, plain=False)
    back = np.argsort(np.concatenate([plain_rows, odd_rows]))
    return pl.concat([plain, other]).gather(back)


def _clean(columns: Sequence[pl.Series], lowercase: bool, plain: bool) -> pl.Series:
    names = [str(at) for at in range(len(columns))]
    frame = pl.DataFrame(dict(zip(names, columns, strict=True)))
    frame = frame.select(_cleaned(pl.col(name), lowercase, plain) for name in names)
    found = pl.any_horizontal(pl.col(name) != "" for name in names)
    joined = pl.concat_str(names, separator=f" {SEPARATOR} ").str.strip_chars(" ")
    return frame.select(pl.when(found).then(joined)).to_series()


def _cleaned(text: pl.Expr, lowercase: bool, plain: bool) -> pl.Expr:
    text = text.fill_null("")
    if lowercase:
        text = text.str.to_lowercase()
    if not plain:
        text = text.str.replace_all(_INVISIBLE, "").str.normalize("NFC")
    text = text.str.replace_all(_MARKS, " ${1} ")
    return text.str.replace_all("  +", " ").str.strip_chars(" ")


@dataclass(frozen=True)
class WordCounts:
    """How often each word came, and how long the texts were; adds up chunk by chunk.

    Args:
        table: Columns `word` and `count`, in no special order.
        lengths: Number of texts by their number of words; the last entry stands for
            all that are at least as long. Texts without words do not count.
    """

    table: pl.DataFrame
    lengths: np.ndarray

    @classmethod
    def of(cls, words: CodedWords, max_length: int) -> Self:
        """Counts the words of some rows."""
        lengths = words.counts[words.counts > 0]
        histogram = np.bincount(
            np.minimum(lengths, max_length), minlength=max_length + 1
        )
        times = np.bincount(words.codes, minlength=len(words.words))
        came = np.flatnonzero(times)
        columns = {"word": words.words.gather(came), "count": times[came]}
        table = pl.DataFrame(columns).cast({"count": pl.Int64})
        return cls(_pruned(table), histogram.astype(np.int64))

    def merge(self, other: Self) -> Self:
        """Adds the counts of other rows."""
        both = pl.concat([self.table, other.table]).group_by("word")
        table = both.agg(pl.col("count").sum())
        return type(self)(_pruned(table), self.lengths + other.lengths)

    def frequent(self, most: int, min_count: int) -> pl.DataFrame:
        """The `most` most frequent words, then by alphabet (by code points)."""
        known = self.table.filter(pl.col("count") >= min_count)
        order = known.sort(["count", "word"], descending=[True, False])
        return order.head(most)

    def length(self, share: float = 0.99, stretch: float = 1.0) -> int:
        """A length that holds this share of texts whole, a multiple of 8.

        Args:
            share: Share of the texts.
            stretch: Tokens a word, on average.
        """
        total = np.cumsum(self.lengths)
        if total[-1] == 0:
            return 8
        longest = int(np.searchsorted(total, share * total[-1]))
        tokens = int(np.ceil(longest * stretch))
        return max(8, -(-tokens // 8) * 8)


def _pruned(table: pl.DataFrame) -> pl.DataFrame:
    if len(table) <= MOST_WORDS:
        return table
    order = table.sort(["count", "word"], descending=[True, False])
    return order.head(MOST_WORDS // 2)


@dataclass(frozen=True)
class Vocabulary:
    """Numbers words: `FIRST` and up for known ones, `UNKNOWN` for all others.

    Args:
        words: The known words by id, from `FIRST`.
    """

    words: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of ids, with padding and unknown."""
        return FIRST + len(self.words)

    def tokens(self, words: Words, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers words.

        Args:
            words: Lists of words, as `split` gives them; or marked or coded words.
            length: Words after so many need not be numbered.

        Returns:
            The ids of all rows one after another, and how many belong to each row.
        """
        if isinstance(words, CodedWords):
            return np.take(self.ids(words.words), words.codes), words.counts
        if isinstance(words, MarkedWords):
            row = FIRST + len(self.words)
            return without_marks(_places(words.flat, self._marks), row, row + 1)
        flat, counts = flatten(words, length)
        return self.ids(flat), counts

    def ids(self, words: pl.Series | list[str]) -> np.ndarray:
        """The ids of single words, int32."""
        if isinstance(words, list):
            known = self._by_word
            return np.array([known.get(word, UNKNOWN) for word in words], np.int32)
        return _places(words, self._enum)

    def document(self) -> dict[str, Any]:
        """Plain data that `Vocabulary` can be made of again."""
        return {"words": list(self.words)}

    @functools.cached_property
    def _by_word(self) -> dict[str, int]:
        return {word: at for at, word in enumerate(self.words, FIRST)}

    @functools.cached_property
    def _enum(self) -> pl.Enum:
        return pl.Enum(self.words)

    @functools.cached_property
    def _marks(self) -> pl.Enum:
        return pl.Enum((*self.words, ROW, ""))


def _places(words: pl.Series, known: pl.Enum) -> np.ndarray:
    found = words.cast(known, strict=False).to_physical()
    return (found.cast(pl.Int32) + FIRST).fill_null(UNKNOWN).to_numpy()


def flatten(words: pl.Series, length: int) -> tuple[pl.Series | list[str], np.ndarray]:
    """Cuts lists of words to a length and sets them one after another.

    Returns:
        The words, as a list where they are few, and how many belong to each row.
    """
    if len(words) <= FEW_ROWS:
        rows = [(row or [])[:length] for row in words.to_list()]
        return [word for row in rows for word in row], np.array([*map(len, rows)], int)
    cut = words.list.head(length)
    counts = cut.list.len().fill_null(0).to_numpy()
    flat = cut.drop_nulls().explode()
    return flat.to_list() if len(flat) <= FEW_WORDS else flat, counts


def pad(ids: np.ndarray, counts: np.ndarray, length: int) -> np.ndarray:
    """Sets rows of different lengths into one int32 array `(rows, length)`.

    Longer rows are cut at their end, shorter ones filled with `PAD`.
    """
    values = np.full((len(counts), length), PAD, dtype=np.int32)
    if len(ids) and int(counts.max()) > length:
        starts = np.cumsum(counts, dtype=np.int64) - counts
        position = np.arange(len(ids)) - np.repeat(starts, counts)
        ids = ids[position < length]
    values[np.arange(length) < counts[:, np.newaxis]] = ids
    return values
