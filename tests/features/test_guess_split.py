from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.features.guess_profile import profile
from sensorium.features.guess_split import guess_split, training_rows


def guess(name, values):
    return guess_split(profile(name, pl.Series(name, values)))


@pytest.mark.parametrize(
    ("name", "values", "arguments"),
    [
        ("split", ["train", "test", "train"], {"test": ["test"]}),
        (
            "any name",
            ["Train", "val", "holdout"],
            {"valid": ["val"], "test": ["holdout"]},
        ),
        ("is_test", [True, False], {"test": [True]}),
        ("is_test", [0, 1], {"test": [1]}),
        ("is_train", [True, False], {"test": [False]}),
        ("is_train", [0.0, 1.0], {"test": [0]}),
        ("validation_set", [0, 1], {"valid": [1]}),
    ],
)
def test_split_is_recognised_with_its_parts(name, values, arguments) -> None:
    found = guess(name, values * 10)
    assert (found.kind, found.role) == (None, "split")
    assert found.arguments == {"column": name, **arguments}


def test_fold_is_left_out_and_could_split() -> None:
    found = guess("cv_fold", [0, 1, 2, 3, 4] * 10)
    assert found.role == "fold"
    assert found.arguments == {"column": "cv_fold", "test": [0], "valid": [1]}


def test_numbers_under_the_name_split_are_left_out_but_not_proposed() -> None:
    found = guess("partition", [0, 1, 2] * 10)
    assert (found.role, found.arguments) == ("fold", {})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("travel", ["train", "bus", "car"]),
        ("stage", ["dev", "test", "production"]),
        ("train", ["train", "train"]),
        ("stage", ["test", "dev"]),
        ("is_test", [0, 1, 2]),
        ("is_tested", [0, 1]),
        ("test_score", [0, 1]),
        ("folder", [0, 1, 2]),
        ("fold", [0.5, 1.5]),
    ],
)
def test_what_only_looks_like_a_split_is_none(name, values) -> None:
    assert guess(name, values * 10) is None


@pytest.mark.parametrize(
    ("name", "values"), [("is_test", [1, 0, None]), ("fold", [0, 1, None])]
)
def test_column_with_gaps_is_left_out_but_not_proposed(name, values) -> None:
    found = guess(name, values * 10)
    assert (found.role, found.arguments) == ("fold", {})
    assert "missing in 10 rows" in " ".join([found.reason, *found.warnings])


def test_share_of_held_out_rows_is_said() -> None:
    reason = guess("is_test", [1, 0, 0, 0, 0] * 10).reason
    assert reason == "marks the rows for test (20 % of the rows are held out)"


def test_training_rows_leave_out_what_is_held_out() -> None:
    columns = {
        "is_test": pl.Series([True, False, False, False]),
        "x": np.arange(8).reshape(4, 2),
    }
    found = [guess("is_test", columns["is_test"].to_list())]
    assert training_rows(columns, found)["x"].tolist() == [[2, 3], [4, 5], [6, 7]]
    assert len(training_rows(columns, found, targets=["is_test"])["x"]) == 4
    assert len(training_rows(columns, [])["x"]) == 4
