from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.features.guess_profile import (
    Guess,
    left_out,
    profile,
    share,
    shown,
    smoothness,
)


@pytest.mark.parametrize(
    "values",
    [
        pl.Series(["a", "b", "b", "", None]),
        pl.Series([1.0, 2.0, 2.0, float("nan"), None]),
        pl.Series(["a", "b", "b", None, None], dtype=pl.Categorical),
        pl.Series([1, 2, 2, None, None]),
    ],
)
def test_missing_values_do_not_count(values) -> None:
    found = profile("x", values)
    assert (found.num_present, found.num_missing, found.num_unique) == (3, 2, 2)
    assert found.repeats == 1.5
    assert not found.all_differ
    assert found.seen() == "2 different values in 3 rows, 40 % missing"


def test_column_without_gaps_says_nothing_of_missing() -> None:
    assert profile("x", pl.Series([1, 1])).seen() == "1 value in 2 rows"


def test_share_never_calls_something_nothing() -> None:
    assert share(1, 1000) == "under 1 %"
    assert share(0, 1000) == "0 %"
    assert share(1, 4) == "25 %"


def test_long_values_are_cut_and_stay_on_one_line() -> None:
    text = shown("a\n" * 50)
    assert "\n" not in text
    assert text.endswith("...")
    assert len(shown("a" * 50)) == 30


def test_guess_knows_the_columns_it_is_about() -> None:
    assert Guess("x", "text").columns == ("x",)
    assert Guess("v", "vector", {"columns": ["v1", "v2"]}).columns == ("v1", "v2")


def test_warnings_add_up() -> None:
    assert Guess("x", "text").warned("a").warned("b").warnings == ("a", "b")


def test_left_out_column_has_no_kind() -> None:
    guess = left_out("x", "id", "why", "text")
    assert (guess.kind, guess.role, guess.otherwise) == (None, "id", "text")


def test_smoothness_tells_signals_from_embeddings() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(200, 64))
    assert smoothness(np.cumsum(noise, axis=1)) > 0.9
    assert abs(smoothness(noise)) < 0.05
    offsets = np.repeat([0.0, 100.0], 32)  # of its dimensions, the same in every row
    assert abs(smoothness(noise + offsets)) < 0.05
    assert smoothness(np.zeros((5, 40))) == 0
