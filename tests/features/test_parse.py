"""Reading cells as numbers."""

from __future__ import annotations

import decimal

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.base import Reading
from sensorium.features.parse import Fault, as_series, floats, refuse

READING = Reading()


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([1, 2, None]),
        pl.Series([1.0, 2.0, float("nan")]),
        pl.Series([1, 2, None], dtype=pl.UInt8),
        pl.Series([decimal.Decimal("1.0"), decimal.Decimal("2.0"), None]),
        pl.Series(["1", "2.0", None]),
        pl.Series(["1", "2", "NaN"], dtype=pl.Categorical),
        pl.Series([1, "2", None], dtype=pl.Object),
        np.array([1.0, 2.0, np.nan]),
        np.array([1, 2, np.nan], dtype=np.float16),
    ],
    ids=lambda column: str(column.dtype),
)
def test_every_type_gives_the_same_numbers(column) -> None:
    values, faults = floats(column, "x", READING)
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, [1.0, 2.0, np.nan])
    assert not faults


def test_faults_name_row_and_value() -> None:
    values, faults = floats(pl.Series(["1", "abc", "1_000", "0x1F"]), "x", READING)
    assert list(faults) == [1, 2, 3]
    assert faults[1] == Fault("expected a number", "abc")
    assert np.isnan(values[1:]).all()


@pytest.mark.parametrize("text", ["3,5", "-3,5", "1.234,5"])
def test_decimal_commas_get_a_hint(text) -> None:
    _, faults = floats(pl.Series([text]), "x", READING)
    assert faults[0].fix.startswith("Write decimals with a point")


def test_a_number_too_large_for_text_is_infinite() -> None:
    _, faults = floats(pl.Series(["1e400"]), "x", READING)
    assert "infinite" in faults[0].expected


def test_refuse_names_the_first_row_of_the_whole_table() -> None:
    faults = {7: Fault("expected a number", "b"), 3: Fault("expected a number", "a")}
    with pytest.raises(DataError, match=r"row 1,004: expected a number. Received: 'a'"):
        refuse(faults, "x", Reading(first_row=1000))
    refuse({}, "x", READING)


def test_arrays_of_one_dimension_become_series() -> None:
    assert as_series(np.array(["a", "b"]), "x", READING).to_list() == ["a", "b"]
    with pytest.raises(DataError, match="one value in each row"):
        as_series(np.zeros((1, 2)), "x", READING)


def test_bytes_are_refused() -> None:
    with pytest.raises(DataError, match="values of type Binary"):
        floats(pl.Series([b"1"]), "x", READING)
