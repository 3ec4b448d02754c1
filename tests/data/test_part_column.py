"""Columns that name the part."""

from __future__ import annotations

import polars as pl
import pytest

from sensorium.data.part_column import parts_of
from sensorium.data.shares import TEST, TRAIN, UNUSED, VALID
from sensorium.errors import DataError


def parts(name, values, wanted=None):
    return parts_of("t.csv", name, pl.Series(name, values), wanted).tolist()


def test_words_are_read_in_any_case() -> None:
    values = [
        "train",
        "Training",
        "VALID",
        "validation",
        "val",
        "dev",
        "Test ",
        "unused",
    ]
    expected = [TRAIN, TRAIN, VALID, VALID, VALID, VALID, TEST, UNUSED]
    assert parts("part", values) == expected


@pytest.mark.parametrize(
    "values", [[True, False], [1, 0], ["true", "False"], ["1", "0"]]
)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("is_test", [TEST, TRAIN]),
        ("isTest", [TEST, TRAIN]),
        ("test", [TEST, TRAIN]),
        ("in_validation", [VALID, TRAIN]),
        ("is_train", [TRAIN, TEST]),
    ],
)
def test_true_and_false_follow_the_column_s_name(name, values, expected) -> None:
    assert parts(name, values) == expected


@pytest.mark.parametrize("name", ["latest", "flag", "tested_by"])
def test_true_and_false_under_other_names_are_refused(name) -> None:
    with pytest.raises(DataError, match="must be train, valid, test or unused"):
        parts(name, [True, False])


def test_listed_values_are_matched_whatever_their_number_type() -> None:
    assert parts("fold", [0.0, 1.0, 2.0], {TEST: [0]}) == [TEST, TRAIN, TRAIN]
    assert parts("place", ["x", "y"], {VALID: ["y"], TRAIN: ["x"]}) == [TRAIN, VALID]
    assert parts("flag", [True, False], {TEST: [True]}) == [TEST, TRAIN]


@pytest.mark.parametrize(
    ("values", "wanted", "message"),
    [
        ([0, 1], {TEST: [2]}, "no row has this value; there are 0, 1"),
        ([0, 1], {TEST: ["0"]}, "no row has this value"),
        ([0, 1], {TEST: [True]}, "no row has this value"),
        (["north", "south"], {TEST: ["nort"]}, "Did you mean `north`"),
        ([0, 1], {TEST: [0], VALID: [0]}, "stands in two parts"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(values, wanted, message) -> None:
    with pytest.raises(DataError, match=message):
        parts("fold", values, wanted)
