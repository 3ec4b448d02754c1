from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.features.guess import guess_column, guess_table, look
from sensorium.features.guess_leaks import find_leaks
from sensorium.features.guess_targets import guess_target
from tests.features.test_guess import load

ROWS = 600

# From the data sets' READMEs: target -> columns that must not be inputs.
LEAKS = {
    ("birdstrikes", "any_effect"): {"effect"},
    ("birdstrikes", "multiple_birds"): {"birds_struck"},
    ("birdstrikes", "phase_of_flt"): set(),
    ("emoji_fusion", "group"): {"subgroup"},
    ("glyph_scenes", "target_group"): {"target"},
    ("mfeat_views", "is_even"): {"digit"},
    ("mfeat_views", "has_loop"): {"digit"},
    ("watch_imu", "is_anomaly"): {"fault"},
    ("large_fashion", "category"): set(),
    ("large_fashion", "price"): set(),
}


@pytest.mark.parametrize(("name", "target"), LEAKS)
def test_leaks_of_real_sets_are_what_their_readmes_say(name, target, datasets) -> None:
    sample = look(load(name, datasets(name)))
    head = guess_target(target, sample.columns[target]).head
    leaks = find_leaks(sample.columns, guess_table(sample, [target]), {target: head})
    assert {leak.column for leak in leaks if leak.certain} == LEAKS[name, target]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def leaks(columns, head="classification"):
    """The suspicious columns of a table whose target is `y`: certain ones, others."""
    made = {
        name: v if isinstance(v, np.ndarray) and v.ndim > 1 else pl.Series(name, v)
        for name, v in columns.items()
    }
    guesses = [guess_column(name, column) for name, column in made.items()]
    found = find_leaks(made, guesses, {"y": head})
    sure = {leak.column: leak.reason for leak in found if leak.certain}
    return sure, {leak.column: leak.reason for leak in found if not leak.certain}


def test_harmless_columns_are_not_suspected(rng) -> None:
    y = rng.integers(0, 2, ROWS)
    columns = {
        "y": y,
        "noise": rng.normal(size=ROWS),
        "good": y + rng.normal(size=ROWS),
        "many": [f"v{i}" for i in rng.integers(0, 150, ROWS)],
        "gaps": np.where(rng.random(ROWS) < 0.3, np.nan, rng.normal(size=ROWS)),
        "text": [f"word{i} and more" for i in range(ROWS)],
    }
    assert leaks(columns) == ({}, {})


def test_category_that_decides_the_target_is_certain(rng) -> None:
    x = rng.integers(0, 12, ROWS)
    columns = {"y": x % 3, "x": [f"v{i}" for i in x], "z": rng.normal(size=ROWS)}
    assert leaks(columns) == ({"x": "`x` alone gives `y` away"}, {})


def test_missing_values_that_decide_the_target_are_certain(rng) -> None:
    y = rng.random(ROWS) < 0.1
    columns = {
        "y": y,
        "x": [("a", "b")[i % 2] if yes else None for i, yes in enumerate(y)],
    }
    assert leaks(columns) == ({"x": "whether `x` is missing gives `y` away"}, {})


def test_missing_pictures_that_decide_the_target_are_certain(rng) -> None:
    y = rng.random(ROWS) < 0.3
    png = b"\x89PNG\r\n\x1a\n"
    columns = {
        "y": y,
        "x": [png + bytes([i % 7]) if yes else None for i, yes in enumerate(y)],
    }
    assert list(leaks(columns)[0]) == ["x"]


def test_rare_class_is_not_hidden_by_the_frequent_one(rng) -> None:
    y = rng.random(ROWS) < 0.03
    columns = {"y": y, "noise": rng.normal(size=ROWS), "coin": rng.random(ROWS) < 0.5}
    assert leaks(columns) == ({}, {})


def test_class_of_one_row_makes_no_leak_of_everything(rng) -> None:
    y = np.arange(ROWS) == 7
    assert leaks({"y": y, "noise": rng.normal(size=ROWS)}) == ({}, {})


def test_number_made_from_the_target_is_certain(rng) -> None:
    y = np.exp(rng.normal(size=ROWS))
    columns = {"y": y, "tax": 1.2 * y + 3, "z": y + rng.normal(size=ROWS)}
    assert leaks(columns, "regression") == ({"tax": "`tax` alone gives `y` away"}, {})


def test_number_made_from_the_target_is_certain_in_a_small_table_too(rng) -> None:
    y = rng.normal(size=50)
    columns = {"y": y, "tax": 1.2 * y, "z": y + rng.normal(size=50)}
    assert list(leaks(columns, "regression")[0]) == ["tax"]


def test_measured_number_far_above_all_others_is_certain(rng) -> None:
    y = rng.integers(0, 2, ROWS)
    columns = {"y": y, "x": y + rng.uniform(0, 0.9, ROWS), "z": rng.normal(size=ROWS)}
    assert list(leaks(columns)[0]) == ["x"]


def test_measured_numbers_that_separate_classes_well_stay(rng) -> None:
    y = rng.integers(0, 2, ROWS)
    columns = {
        "y": y,
        "petal": y + rng.uniform(0, 0.9, ROWS),
        "sepal": y + rng.uniform(0, 1.2, ROWS),
    }
    sure, doubts = leaks(columns)
    assert sure == {}
    assert doubts == {
        "petal": "`petal` alone gives `y` away, but other columns nearly do too"
    }


def test_repeated_texts_that_name_the_class_stay_with_a_comment(rng) -> None:
    x = rng.integers(0, 60, ROWS)
    columns = {"y": x % 3, "query": [f"find the thing {i}" for i in x]}
    assert leaks(columns) == ({}, {"query": "`query` alone gives `y` away"})


def test_column_made_from_the_target_is_named(rng) -> None:
    y = rng.integers(0, 9, ROWS)
    columns = {"y": y, "even": y % 2}
    assert list(leaks(columns)[1]) == ["even"]


def test_column_with_one_value_where_the_target_is_known_is_certain(rng) -> None:
    known = rng.random(ROWS) < 0.3
    y = [("a", "b", "c")[i % 3] if yes else None for i, yes in enumerate(known)]
    assert leaks({"y": y, "has_y": known})[0] == {
        "has_y": "has one value wherever `y` is known"
    }


def test_shared_words_of_names_are_named(rng) -> None:
    columns = {"y": rng.random(ROWS), "y_before": rng.random(ROWS)}
    assert list(leaks(columns, "regression")[1]) == ["y_before"]


def test_member_of_a_vector_is_named_but_the_vector_stays(rng) -> None:
    y = rng.integers(0, 3, ROWS)
    columns = {f"v_{i}": pl.Series(rng.normal(size=ROWS)) for i in range(6)}
    columns |= {"v_6": pl.Series(y * 1.0), "y": pl.Series(y)}
    guess = guess_column("v", columns["v_0"])
    names = [f"v_{i}" for i in range(7)]
    vector = type(guess)("v", "vector", {"columns": names}, "")
    found = find_leaks(columns, [vector], {"y": "classification"})
    assert [(leak.column, leak.certain) for leak in found] == [("v", False)]
    assert "`v_6` alone" in found[0].reason


def test_arrays_flags_and_few_rows_are_not_asked(rng) -> None:
    y = rng.integers(0, 2, ROWS)
    columns = {"y": y, "a": rng.normal(size=(ROWS, 8))}
    assert leaks(columns) == ({}, {})
    assert leaks({"y": y, "x": y}, "flags") == ({}, {})
    few = rng.integers(0, 2, 30)
    assert leaks({"y": few, "x": few}) == ({}, {})


def test_targets_are_not_asked_about_each_other(rng) -> None:
    y = pl.Series(rng.integers(0, 2, ROWS))
    columns = {"y": y, "z": y}
    guesses = [guess_column(name, column) for name, column in columns.items()]
    heads = {"y": "classification", "z": "classification"}
    assert find_leaks(columns, guesses, heads) == []


def test_large_tables_are_judged_on_some_rows_always_the_same(rng) -> None:
    y = rng.integers(0, 2, 50_000)
    columns = {"y": pl.Series(y), "x": pl.Series(y)}
    guesses = [guess_column(name, column) for name, column in columns.items()]
    first, second = (
        find_leaks(columns, guesses, {"y": "classification"}) for _ in "ab"
    )
    assert first == second
    assert [leak.column for leak in first] == ["x"]
