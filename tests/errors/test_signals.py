"""What a signal feature says of cells and columns it cannot use."""

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.base import Reading
from sensorium.features.signal import Signal

SIGNAL = Signal().fit({"acc": np.zeros((2, 3, 2))})

CELLS = [
    (
        [[1.0]],
        "column `acc`: expected 2 channels, as in training. Received: 1.",
    ),
    (
        [[1.0, float("inf")]],
        "column `acc`: expected finite numbers up to 1e38. Received: inf.",
    ),
    (
        [[1.0, 2.0], [3.0]],
        "column `acc`: expected numbers in steps of equal length. "
        "Received: [[1.0, 2.0], [3.0]].",
    ),
    (
        "1.npy",
        "column `acc`: there is no such file in the data's folder. Received: '1.npy'.",
    ),
    (
        "../1.npy",
        "column `acc`: expected a relative path, not one with `..`. "
        "Received: '../1.npy'. "
        "Write it from the data's folder on, like `photos/1.png`.",
    ),
]


@pytest.mark.parametrize(("cell", "message"), CELLS)
def test_a_cell_that_is_no_signal_is_an_error_of_its_row(
    cell, message, tmp_path
) -> None:
    column = pl.Series("acc", [[[1.0, 2.0]], cell], dtype=pl.Object)
    encoded = SIGNAL.encode({"acc": column}, Reading(tmp_path))
    assert dict(encoded.errors) == {1: message}
    assert encoded.present.tolist() == [True, False]


def test_a_column_of_numbers_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        Signal().fit({"acc": pl.Series([1.0])}, Reading(where="t.csv"))
    assert str(caught.value) == (
        "t.csv, column `acc`: expected lists of numbers, arrays of them, or paths to "
        ".npy files. This is a column of type Float64."
    )


def test_a_restored_signal_says_why_it_cannot_be_merged() -> None:
    with pytest.raises(DataError) as caught:
        Signal().restore(SIGNAL.state()).merge(SIGNAL)
    assert str(caught.value) == (
        "a restored signal feature cannot be merged. Fit again on the rows of both."
    )
