"""How often each text came, merged chunk by chunk with bounded memory."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Self

import polars as pl

from sensorium.features.canonical import composed

LIMIT = 1_000_000
"""Most distinct texts that are kept; beyond it the rarest are forgotten."""


@dataclass(frozen=True)
class Counts:
    """Distinct texts of one column with their counts, the most frequent first.

    Texts with equal counts stand in the order of their code points. Merging is exact
    up to `LIMIT` distinct texts. Beyond, the rarest are dropped after each merge, so
    that counts of rare texts become lower bounds that depend on the chunks.

    Args:
        table: Columns `text` and `count` (Int64), in no special order.
    """

    table: pl.DataFrame

    @classmethod
    def of(cls, texts: pl.Series) -> Self:
        """Counts a series of texts; null and the empty text are left out."""
        counted = texts.alias("text").value_counts(name="count")
        counted = counted.filter(pl.col("text").is_not_null() & (pl.col("text") != ""))
        return cls(_pruned(_composed(counted.cast({"count": pl.Int64}))))

    @classmethod
    def restore(cls, texts: list[str], counts: list[int]) -> Self:
        """Makes the object from lists in the order of `texts` and `counts`."""
        schema = {"text": pl.String, "count": pl.Int64}
        frame = pl.DataFrame({"text": texts, "count": counts}, schema=schema)
        made = cls(frame)
        made.__dict__["frame"] = frame
        return made

    def merge(self, other: Counts) -> Counts:
        """The counts of both."""
        both = pl.concat([self.table, other.table])
        return Counts(_pruned(both.group_by("text").agg(pl.col("count").sum())))

    def most(self, limit: int, min_count: int = 1) -> Counts:
        """The at most `limit` most frequent texts that came `min_count` times."""
        frame = self.frame.filter(pl.col("count") >= min_count)
        return Counts(frame.head(limit))

    # Put in order only when asked, as merging many chunks need not be.
    @functools.cached_property
    def frame(self) -> pl.DataFrame:
        """The table in its order."""
        return _ordered(self.table)

    @property
    def texts(self) -> list[str]:
        """The texts, the most frequent first."""
        return self.frame["text"].to_list()

    @property
    def counts(self) -> list[int]:
        """Their counts."""
        return self.frame["count"].to_list()


def _ordered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("count", "text", descending=[True, False])


def _pruned(table: pl.DataFrame) -> pl.DataFrame:
    return table if len(table) <= LIMIT else _ordered(table).head(LIMIT)


def _composed(frame: pl.DataFrame) -> pl.DataFrame:
    texts = frame["text"]
    if not (texts.str.len_bytes() != texts.str.len_chars()).any():
        return frame
    new = pl.Series("text", [composed(text) for text in texts], dtype=pl.String)
    return frame.with_columns(new).group_by("text").agg(pl.col("count").sum())
