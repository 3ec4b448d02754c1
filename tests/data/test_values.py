"""Tables from Python values: kept exactly, or refused."""

from __future__ import annotations

import datetime
import decimal
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sensorium.data import read
from sensorium.data.values import column_from, plain
from sensorium.errors import DataError


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, None, 3], pl.Int64, [1, None, 3]),
        ([1, 2.5], pl.Float64, [1.0, 2.5]),
        ([2.5, 1], pl.Float64, [2.5, 1.0]),
        ([2**63], pl.UInt64, [2**63]),
        (["a", None], pl.String, ["a", None]),
        (["a", math.nan], pl.String, ["a", None]),
        ([True, None], pl.Boolean, [True, None]),
        ([b"x", bytearray(b"y")], pl.Binary, [b"x", b"y"]),
        ([None, None], pl.String, [None, None]),
        ([[1], [2.5], None], pl.List(pl.Float64), [[1.0], [2.5], None]),
        ([(1, 2), [3]], pl.List(pl.Int64), [[1, 2], [3]]),
        ([[["a"]], [[]]], pl.List(pl.List(pl.String)), [[["a"]], [[]]]),
        ([decimal.Decimal("1.5")], pl.Float64, [1.5]),
        ([np.float32(1), np.int64(2)], pl.Float64, [1.0, 2.0]),
        ([np.zeros(1), np.ones(2)], pl.List(pl.Float64), [[0.0], [1.0, 1.0]]),
        ([datetime.date(2024, 5, 31)], pl.Date, [datetime.date(2024, 5, 31)]),
        (range(2), pl.Int64, [0, 1]),
    ],
)
def test_lists_become_series_of_one_type(values, dtype, expected) -> None:
    column = column_from("x", values)
    assert column.dtype == dtype
    assert column.to_list() == expected


def test_dicts_become_structs_with_all_keys() -> None:
    column = column_from("x", [{"a": 1}, {"b": "q"}, None])
    assert column.to_list()[:2] == [{"a": 1, "b": None}, {"a": None, "b": "q"}]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, "a"], "mixes `int` and `str`, first in row 2"),
        ([1, 2.5, "a"], "mixes `int` and `str`, first in row 3"),
        ([True, 2], "mixes `bool` and `int`, first in row 2"),
        ([None, "a", b"b"], "mixes `str` and `bytes`, first in row 3"),
        ([[1], ["a"]], "mixes `int` and `str`, first in row 2"),
        ([[1], 2], "mixes `list` and `int`, first in row 2"),
        ([object()], "holds `object`"),
        ([2**70], "holds whole numbers over 64 bits"),
        (3, "must be a list or an array"),
        ("abc", "must be a list or an array"),
    ],
)
def test_mixtures_and_objects_are_refused_with_their_row(values, message) -> None:
    with pytest.raises(DataError, match=f"column `x`: {message}"):
        column_from("x", values)


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.zeros(2, np.float16), pl.Float32),
        (np.zeros(2, ">f4"), pl.Float32),
        (np.array(["a", "b"]), pl.String),
        (np.array([b"a", b"b"]), pl.String),
        (np.array(["2024-05-31"], "M8[s]"), pl.Datetime("us")),
        (np.array(["2024-05-31"], "M8[D]"), pl.Date),
        (np.array([1, None], object), pl.Int64),
    ],
)
def test_one_dimensional_arrays_become_series(array, dtype) -> None:
    assert column_from("x", array).dtype == dtype


def test_arrays_of_several_dimensions_stay_arrays() -> None:
    array = np.zeros((2, 3, 4), np.float16)
    assert column_from("x", array) is array
    assert column_from("x", [np.zeros((3, 4)), np.ones((3, 4))]).shape == (2, 3, 4)


@pytest.mark.parametrize(
    "array",
    [
        np.array([1j]),
        np.zeros(1, [("a", "i4")]),
        np.array(3),
        np.array([b"\xff"]),
        np.zeros(1, np.longdouble),
    ],
)
def test_other_arrays_are_refused(array) -> None:
    with pytest.raises(DataError, match="column `x`"):
        column_from("x", array)


def test_categories_decimals_and_half_floats_become_plain() -> None:
    frame = pl.DataFrame(
        {
            "c": pl.Series(["a"], dtype=pl.Categorical),
            "d": pl.Series([decimal.Decimal("1.5")]),
            "n": pl.Series([None], dtype=pl.Null),
        }
    )
    dtypes = list(plain(frame).schema.values())
    assert dtypes == [pl.String(), pl.Float64(), pl.String()]


def pandas_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "i": [1, 2],
            "f": [1.5, None],
            "s": ["x", None],
            "c": pd.Categorical(["u", None]),
            "t": pd.to_datetime(["2024-05-31", None]),
            "z": pd.to_datetime(["2024-05-31", None]).tz_localize("Europe/Berlin"),
            "e": pd.array([1, None], dtype="Int64"),
            "b": [b"x", None],
            "l": [[1.5], None],
        },
        index=[7, 9],
    )


def test_pandas_frames_keep_values_and_missing_ones() -> None:
    table = read(pandas_frame())
    berlin = datetime.datetime(2024, 5, 30, 22, tzinfo=datetime.UTC)
    found = {name: column.to_list() for name, column in table.head().items()}
    assert found == {
        "i": [1, 2],
        "f": [1.5, None],
        "s": ["x", None],
        "c": ["u", None],
        "t": [datetime.datetime(2024, 5, 31), None],
        "z": [berlin, None],
        "e": [1, None],
        "b": [b"x", None],
        "l": [[1.5], None],
    }


def test_pandas_frames_are_read_without_pyarrow() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import pandas as pd\n"
        "from sensorium.data import read\n"
        "frame = pd.DataFrame({'a': [1], 's': ['x'], 'c': pd.Categorical(['u'])})\n"
        "print(dict(read(frame).dtypes))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{'a': Int64, 's': String, 'c': String}"


def test_pandas_names_that_are_no_text_become_text() -> None:
    assert read(pd.DataFrame([[1, 2]])).columns == ("0", "1")


def test_pandas_names_that_stand_twice_are_refused() -> None:
    with pytest.raises(DataError, match="column `a`: stands twice"):
        read(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_rows_may_lack_keys() -> None:
    found = read([{"a": 1}, {"b": "x"}]).head()
    assert found["a"].to_list() == [1, None]
    assert found["b"].to_list() == [None, "x"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"a": 1}, 3], "row 2: must be a dict"),
        ([{1: 2}], "keys must be text"),
    ],
)
def test_rows_that_are_no_dicts_of_names_are_refused(rows, message) -> None:
    with pytest.raises(DataError, match=message):
        read(rows)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(DataError, match=r"same number of rows.*`a` 2, `b` 1"):
        read({"a": [1, 2], "b": [1]})


def test_names_that_are_equal_as_text_are_refused() -> None:
    with pytest.raises(DataError, match="column `1`: stands twice"):
        read({1: [1], "1": [2]})
