"""Reading lists of numbers."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.base import Reading
from sensorium.features.rows import matrix

READING = Reading()
NAN = float("nan")


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([[1.0, None], None, [3.0, 4.0]]),
        pl.Series([[1.0, NAN], None, [3.0, 4.0]], dtype=pl.Array(pl.Float32, 2)),
        np.array([[1.0, NAN], [NAN, NAN], [3.0, 4.0]], dtype=np.float32),
    ],
    ids=["list", "fixed", "array"],
)
def test_every_form_gives_the_same_matrix(column) -> None:
    values, faults = matrix(column, "x", READING)
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, [[1.0, NAN], [NAN, NAN], [3.0, 4.0]])
    assert not faults


def test_numbers_are_rows_of_one() -> None:
    values, _ = matrix(pl.Series([1, None]), "x", READING)
    np.testing.assert_array_equal(values, [[1.0], [NAN]])


def test_a_list_of_another_length_is_a_fault_of_its_row() -> None:
    lists = pl.Series([[1, 2], [1], [], [5, 6], [7, 8, 9]])
    values, faults = matrix(lists, "x", READING, 2)
    np.testing.assert_array_equal(values[[0, 3]], [[1, 2], [5, 6]])
    assert np.isnan(values[[1, 2, 4]]).all()
    assert faults[1].reason("x") == (
        "column `x`: expected 2 numbers, as in training. Received: 'a list of 1'."
    )
    assert list(faults) == [1, 2, 4]


def test_an_array_of_another_width_is_a_fault_of_every_row_with_numbers() -> None:
    column = np.array([[1.0, 2.0, 3.0], [NAN, NAN, NAN]])
    values, faults = matrix(column, "x", READING, 2)
    assert values.shape == (2, 2)
    assert list(faults) == [0]


def test_an_infinite_number_is_a_fault_of_its_row() -> None:
    column = np.array([[1.0, np.inf], [1.0, 2.0], [1e39, 0.0]])
    values, faults = matrix(column, "x", READING)
    assert list(faults) == [0, 2]
    assert np.isnan(values[[0, 2]]).all()
    assert column[0, 0] == 1.0


def test_nothing_but_nulls_has_the_expected_width() -> None:
    assert matrix(pl.Series([None, None]), "x", READING)[0].shape == (2, 0)
    assert matrix(pl.Series([None]), "x", READING, 3)[0].shape == (1, 3)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pl.Series([["a"]]), "expected lists of numbers. Received: 'lists of String'"),
        (np.zeros((2, 2, 2)), "Received: '2x2x2 values of type float64'.*Use `image`"),
        (np.array([["a"]]), "expected an array of numbers"),
    ],
)
def test_what_is_no_row_of_numbers_is_refused(column, message) -> None:
    with pytest.raises(DataError, match=message):
        matrix(column, "x", READING)
