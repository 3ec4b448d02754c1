"""Raw columns become the arrays of every input, with the reasons of bad rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import DataError
from sensorium.features import Reading
from sensorium.run.encoding import EncodedRows, encode_rows

TRAINED = {"n": pl.Series([1.0, 2.0, 3.0]), "m": pl.Series([1.0, 2.0, 3.0])}
FEATURES = {
    name: sm.Number(scale="none").named(name).fit(TRAINED) for name in ("n", "m")
}


def test_every_input_has_values_and_presence() -> None:
    columns = {"n": pl.Series([1.0, None]), "m": pl.Series([5.0, 6.0])}
    rows = encode_rows(FEATURES, columns, Reading())
    assert list(rows.arrays) == ["n", "n/present", "m", "m/present"]
    assert rows.arrays["n/present"].tolist() == [True, False]
    np.testing.assert_array_equal(rows.arrays["m"], [[5.0], [6.0]])
    assert rows.messages() == {}


def test_a_row_has_one_text_that_names_each_bad_input() -> None:
    columns = {"n": pl.Series(["1", "x", "y"]), "m": pl.Series(["1", "2", "z"])}
    rows = encode_rows(FEATURES, columns, Reading())
    messages = rows.messages()
    assert sorted(messages) == [1, 2]
    assert messages[1].startswith("n: column `n`: ")
    first, second = messages[2].split("; ")
    assert first.startswith("n: ")
    assert second.startswith("m: ")
    assert [rows.arrays[f"{n}/present"][2] for n in ("n", "m")] == [False, False]


def test_the_reading_reaches_the_features() -> None:
    reading = Reading(where="shop.csv")
    with pytest.raises(DataError, match=r"shop\.csv"):
        encode_rows(FEATURES, {"n": pl.Series([[1.0]]), "m": TRAINED["m"]}, reading)


def test_errors_are_not_shared_between_rows() -> None:
    EncodedRows({}).errors[0] = [("n", "why")]
    assert EncodedRows({}).errors == {}
