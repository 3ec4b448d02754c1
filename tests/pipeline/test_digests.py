from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.features.text import Text
from sensorium.pipeline import digests as module
from sensorium.pipeline.digests import Digests
from sensorium.pipeline.prepare import prepare
from sensorium.pipeline.storage import MemoryCollector
from sensorium.run.state import state_documents

COLUMNS = {"a": pl.Series(["One two two", "é, two", None])}


def test_digests_are_handed_over_once() -> None:
    kept = Digests()
    digest = Text("a").digest(COLUMNS)
    kept.keep(1, 4, {"a": digest})
    assert kept.take(0, 4) == {}
    assert kept.take(1, 4) == {"a": digest}
    assert kept.take(1, 4) == {}


def test_digests_beyond_the_room_are_not_kept() -> None:
    digest = Text("a").digest(COLUMNS)
    kept = Digests(most=2 * digest.nbytes)
    for first in range(3):
        kept.keep(0, first, {"a": digest})
    assert [bool(kept.take(0, first)) for first in range(3)] == [True, True, False]


def table() -> pl.DataFrame:
    texts = [f"text {row % 5} of {row % 3}é" if row % 4 else None for row in range(60)]
    parts = ["test" if row % 5 == 0 else "train" for row in range(60)]
    labels = [("no", "yes")[row % 2] for row in range(60)]
    return pl.DataFrame({"a": texts, "b": texts[::-1], "y": labels, "part": parts})


def prepared(monkeypatch: pytest.MonkeyPatch, most: int) -> Any:
    monkeypatch.setattr(module, "MOST_BYTES", most)
    inputs = {"a": sm.Text(["a", "b"]), "b": sm.Text(tokens="ngrams")}
    recipe = sm.Recipe(
        table(), inputs, {"y": "classification"}, split={"column": "part"}
    )
    return prepare(recipe, MemoryCollector())


def test_digests_change_nothing_and_spare_encoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = module.MOST_BYTES
    without = prepared(monkeypatch, 0)
    calls: list[Any] = []
    encode = Text.encode
    monkeypatch.setattr(Text, "encode", lambda *a: calls.append(a) or encode(*a))
    found = prepared(monkeypatch, kept)
    assert not calls
    states = [state_documents(p.features, p.labels) for p in (found, without)]
    assert states[0] == states[1]
    for part, arrays in without.parts.items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(found.parts[part][name], array)
