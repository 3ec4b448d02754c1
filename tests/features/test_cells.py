import datetime

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.base import Reading
from sensorium.features.cells import reason, texts


def read(values, dtype=None):
    series = pl.Series("review", values, dtype=dtype, strict=False)
    found, errors = texts(series, "review", Reading())
    return found.to_list(), dict(errors)


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (["a", None, ""], None, ["a", None, ""]),
        ([7, None], pl.Int32, ["7", None]),
        ([7.0, 1.5, float("nan"), None], None, ["7", "1.5", None, None]),
        ([True, False], None, ["true", "false"]),
        (["x", "y"], pl.Categorical, ["x", "y"]),
        (["x", "y"], pl.Enum(["y", "x"]), ["x", "y"]),
        ([datetime.date(2026, 1, 31)], None, ["2026-01-31"]),
        ([None, None], pl.Null, [None, None]),
        (
            ["a", 7, 7.0, 1.5, True, None],
            pl.Object,
            ["a", "7", "7", "1.5", "true", None],
        ),
    ],
)
def test_a_value_becomes_the_text_one_would_write(values, dtype, expected) -> None:
    assert read(values, dtype) == (expected, {})


def test_an_object_nan_is_missing() -> None:
    assert read([float("nan"), "a"], pl.Object) == ([None, "a"], {})


def test_bytes_are_errors_of_their_rows() -> None:
    found, errors = read([b"abc", None])
    assert found == [None, None]
    assert errors == {
        0: "column `review`: expected a text, not bytes. Received: b'abc'. "
        "Decode the bytes first, or use `image` for pictures."
    }


def test_lists_are_errors_of_their_rows() -> None:
    found, errors = read([[1, 2], None, [3]])
    assert found == [None, None, None]
    assert errors[2] == "column `review`: expected a text. Received: [3]."
    assert set(errors) == {0, 2}


def test_odd_python_objects_are_errors_of_their_rows() -> None:
    found, errors = read(["a", b"x", {"k": 1}, None], pl.Object)
    assert found == ["a", None, None, None]
    assert set(errors) == {1, 2}


def test_an_array_with_axes_is_refused() -> None:
    with pytest.raises(DataError, match="column `review`"):
        texts(np.zeros((2, 3)), "review", Reading())


def test_a_reason_names_the_column_and_what_to_do() -> None:
    assert reason("a", "expected x", 1, "Do y.") == (
        "column `a`: expected x. Received: 1. Do y."
    )
