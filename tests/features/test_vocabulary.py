"""Looking texts up."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.features import vocabulary
from sensorium.features.vocabulary import MISSING, UNKNOWN, Vocabulary

TEXTS = ["b", "é", "zebra", "0"]
CELLS = ["zebra", None, "", "x", "e\u0301", "b", "0", "\u00ea"]
PLACES = [2, MISSING, MISSING, UNKNOWN, 1, 0, 3, UNKNOWN]


@pytest.mark.parametrize("few", [0, 1000])
def test_both_ways_find_the_same_places(monkeypatch, few) -> None:
    monkeypatch.setattr(vocabulary, "_FEW", few)
    places = Vocabulary(TEXTS).places(pl.Series(CELLS))
    assert places.dtype == np.int32
    assert places.tolist() == PLACES


@pytest.mark.parametrize("few", [0, 1000])
def test_an_empty_vocabulary_knows_nothing(monkeypatch, few) -> None:
    monkeypatch.setattr(vocabulary, "_FEW", few)
    places = Vocabulary([]).places(pl.Series(["a", None]))
    assert places.tolist() == [UNKNOWN, MISSING]


def test_no_rows_have_no_places() -> None:
    places = Vocabulary(TEXTS).places(pl.Series([], dtype=pl.String))
    assert places.shape == (0,)


def test_a_long_list_is_not_gone_through_for_few_texts(monkeypatch) -> None:
    monkeypatch.setattr(vocabulary, "_FEW", 0)
    known = Vocabulary([str(number) for number in range(10)])
    cells = pl.Series(["3", "x", None])
    assert known.places(cells).tolist() == [3, UNKNOWN, MISSING]
    assert "_enum" not in vars(known)
    assert known.places(cells.extend(cells)).tolist() == [3, UNKNOWN, MISSING] * 2
    assert "_enum" in vars(known)
