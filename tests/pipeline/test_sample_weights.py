from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features import Reading
from sensorium.pipeline.sample_weights import read_weights

READING = Reading(where="sales.csv", first_row=100)


def read(values, used=None):
    column = pl.Series("w", values)
    used = np.ones(len(column), bool) if used is None else np.array(used)
    return read_weights(column, "w", used, READING)


def test_numbers_and_texts_of_numbers_are_read() -> None:
    assert read([1, 0, 3]).tolist() == [1.0, 0.0, 3.0]
    assert read(["0.5", "2"]).tolist() == [0.5, 2.0]
    assert read([True, False]).dtype == np.float32


def test_rows_that_are_not_used_weigh_nothing_and_may_be_empty() -> None:
    found = read([1.0, None, -3.0], used=[True, False, False])
    assert found.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("values", "row"),
    [
        ([1.0, -0.5, -2.0], 102),
        ([1.0, None, 1.0], 102),
        ([float("nan"), 1.0, 1.0], 101),
        ([1.0, 1.0, float("inf")], 103),
        (["1", "much", "2"], 102),
    ],
)
def test_other_weights_are_refused_with_their_row(values, row) -> None:
    with pytest.raises(DataError, match=rf"sales\.csv.*`w`.*row {row}"):
        read(values)


def test_the_message_says_what_to_do() -> None:
    with pytest.raises(DataError) as caught:
        read([1.0, -0.5, 1.0])
    assert "a sample weight must be a number of at least 0" in str(caught.value)
    assert "Received: -0.5. Write 0 to leave a row out." in str(caught.value)
