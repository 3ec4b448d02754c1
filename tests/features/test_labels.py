"""Reading several labels from a cell."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.base import Reading
from sensorium.features.labels import (
    is_switches,
    read_labels,
    read_switches,
    switch_names,
)

READING = Reading()


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([["a", "b"], None, [], ["b"]]),
        pl.Series(["a, b", None, ",", "b"]),
        pl.Series(["a, b", None, ",", "b"], dtype=pl.Categorical),
    ],
    ids=["lists", "texts", "categories"],
)
def test_labels_stand_one_after_another_with_their_rows(column) -> None:
    labels = read_labels(column, "x", ",", READING)
    known = labels.texts.is_not_null() & (labels.texts != "")
    assert labels.texts.filter(known).to_list() == ["a", "b", "b"]
    assert labels.rows[known.to_numpy()].tolist() == [0, 0, 3]
    assert labels.present.tolist() == [True, False, True, True]
    assert labels.kind == "text"


def test_fixed_size_arrays_are_lists() -> None:
    column = pl.Series([[1, 2], None], dtype=pl.Array(pl.Int64, 2))
    labels = read_labels(column, "x", None, READING)
    assert labels.texts.to_list() == ["1", "2"]
    assert labels.present.tolist() == [True, False]


def test_a_label_counts_once_a_row() -> None:
    labels = read_labels(pl.Series([["a", "a"], ["a"]]), "x", None, READING)
    assert labels.once().to_list() == ["a", "a"]


def test_spaces_within_lists_are_kept() -> None:
    labels = read_labels(pl.Series([[" a"]]), "x", ";", READING)
    assert labels.texts.to_list() == [" a"]


def test_nested_lists_and_dates_are_refused() -> None:
    with pytest.raises(DataError):
        read_labels(pl.Series([[["a"]]]), "x", None, READING)
    with pytest.raises(DataError, match="lists of labels"):
        read_labels(np.zeros((2, 2)), "x", None, READING)


def test_numbers_and_several_columns_are_switches() -> None:
    assert is_switches([pl.Series([1])])
    assert is_switches([pl.Series(["a"]), pl.Series(["b"])])
    assert is_switches([np.zeros((2, 3))])
    assert not is_switches([pl.Series(["a"])])
    assert not is_switches([pl.Series([["a"]])])


def test_switches_are_named_after_their_columns() -> None:
    columns = [pl.Series([1]), np.zeros((1, 2))]
    assert switch_names(columns, ["a", "b"]) == ("a", "b_0", "b_1")


def test_faults_empty_the_row_and_name_the_column() -> None:
    columns = [pl.Series([1, 5]), pl.Series(["x", "0"])]
    read = read_switches(columns, ["a", "b"], READING)
    assert read.reasons() == {
        1: "column `a`: expected 0 or 1. Received: 5.0.",
        0: "column `b`: expected a number. Received: 'x'.",
    }
    assert np.isnan(read.values).all()
    assert not read.present.any()
