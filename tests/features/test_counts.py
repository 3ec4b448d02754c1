"""Counts that merge."""

from __future__ import annotations

import polars as pl

from sensorium.features import counts
from sensorium.features.counts import Counts


def test_counts_go_by_frequency_then_code_point() -> None:
    counted = Counts.of(pl.Series(["b", "a", "é", "a", "Z", None, ""]))
    assert counted.texts == ["a", "Z", "b", "é"]
    assert counted.counts == [2, 1, 1, 1]


def test_forms_of_one_text_are_counted_together() -> None:
    counted = Counts.of(pl.Series(["é", "e\u0301", "x"]))
    assert counted.texts == ["é", "x"]
    assert counted.counts == [2, 1]


def test_merged_counts_equal_those_of_all() -> None:
    texts = pl.Series([f"v{i * i % 17}" for i in range(100)])
    merged = Counts.of(texts[:31]).merge(Counts.of(texts[31:]))
    assert merged.frame.equals(Counts.of(texts).frame)


def test_the_most_frequent_are_taken() -> None:
    counted = Counts.of(pl.Series(["a", "a", "a", "b", "b", "c"]))
    assert counted.most(2).texts == ["a", "b"]
    assert counted.most(9, min_count=3).texts == ["a"]


def test_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(counts, "LIMIT", 3)
    one = Counts.of(pl.Series(["a", "a", "b", "b", "c", "d"]))
    assert one.texts == ["a", "b", "c"]
    assert one.merge(Counts.of(pl.Series(["x", "x", "x"]))).texts == ["x", "a", "b"]


def test_lists_restore_the_counts() -> None:
    counted = Counts.of(pl.Series(["b", "a", "b"]))
    assert Counts.restore(counted.texts, counted.counts).frame.equals(counted.frame)
    assert Counts.restore([], []).texts == []
