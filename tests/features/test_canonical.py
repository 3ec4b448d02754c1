"""One text for each value."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.base import Reading
from sensorium.features.canonical import (
    canonical,
    composed,
    converted,
    kind_of,
    merge_kinds,
    text_of,
    value_of,
    values_series,
)

BERLIN = pl.Datetime("ms", "Europe/Berlin")
NOON = datetime.datetime(2020, 1, 31, 12)


@pytest.mark.parametrize(
    ("column", "texts", "kind"),
    [
        (pl.Series([7, None]), ["7", None], "integer"),
        (pl.Series([7.0, None]), ["7", None], "float"),
        (pl.Series([7.0, 0.1, -0.0]), ["7", "0.1", "0"], "float"),
        (pl.Series([0.1], dtype=pl.Float32), ["0.1"], "float"),
        (pl.Series([float("nan"), 1e-7, 1e300]), [None, "1e-07", "1e+300"], "float"),
        (pl.Series([decimal.Decimal("7.50")]), ["7.5"], "float"),
        (pl.Series([True, None, False]), ["true", None, "false"], "boolean"),
        (pl.Series(["007", " None"]), ["007", " None"], "text"),
        (pl.Series(["a"], dtype=pl.Categorical), ["a"], "text"),
        (pl.Series([datetime.date(2020, 1, 31)]), ["2020-01-31"], "date"),
        (pl.Series([NOON]), ["2020-01-31 12:00:00"], "datetime"),
        (
            pl.Series([NOON]).dt.replace_time_zone("UTC").cast(BERLIN),
            ["2020-01-31 12:00:00"],
            "datetime",
        ),
        (
            pl.Series([NOON + datetime.timedelta(milliseconds=500)]),
            ["2020-01-31 12:00:00.500"],
            "datetime",
        ),
        (pl.Series([datetime.time(5, 6)]), ["05:06:00"], "text"),
        (pl.Series([None, None]), [None, None], "nothing"),
        (
            pl.Series([1, 2.0, "x", None], dtype=pl.Object),
            ["1", "2", "x", None],
            "text",
        ),
        (np.array([1, 2]), ["1", "2"], "integer"),
        (np.array(["a", "b"]), ["a", "b"], "text"),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")),
)
def test_every_type_has_its_text_and_kind(column, texts, kind) -> None:
    found, word = canonical(column, "x", Reading())
    assert found.dtype == pl.String
    assert found.to_list() == texts
    assert word == kind


def test_durations_are_refused() -> None:
    with pytest.raises(DataError, match="Duration"):
        canonical(pl.Series([datetime.timedelta(1)]), "x", Reading())


def test_kinds_merge_to_what_holds_both() -> None:
    assert merge_kinds("integer", "nothing") == "integer"
    assert merge_kinds("nothing", "date") == "date"
    assert merge_kinds("integer", "float") == "float"
    assert merge_kinds("boolean", "integer") == "text"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (5, "integer"),
        (0.1, "float"),
        (1e22, "float"),
        (True, "boolean"),
        ("x", "text"),
        (datetime.date(2020, 1, 1), "date"),
        (datetime.datetime(2020, 1, 1, 2), "datetime"),
    ],
)
def test_a_text_gives_its_value_back(value, kind) -> None:
    text = text_of(value)
    assert text is not None
    assert value_of(text, kind) == value
    series = values_series("x", [value, None], kind)
    assert series.to_list() == [value, None]
    assert kind_of(series.dtype) == kind


def test_numpy_scalars_have_the_text_of_python_values() -> None:
    assert text_of(np.float32(0.1)) == "0.1"
    assert text_of(np.int64(3)) == "3"
    assert text_of(np.bool_(True)) == "true"
    assert text_of(float("nan")) is None


@pytest.mark.parametrize(
    ("texts", "kind", "trained", "expected"),
    [
        (["1.0", "2.50", "007", "x"], "text", "float", ["1", "2.5", "007", "x"]),
        (["NA", "", " 3 "], "text", "integer", [None, None, "3"]),
        (["9" * 30], "text", "integer", ["9" * 30]),
        (["true", "false"], "boolean", "integer", ["1", "0"]),
        (["1", "0", "2"], "integer", "boolean", ["true", "false", "2"]),
        (["True", "FALSE", "yes"], "text", "boolean", ["true", "false", "yes"]),
        (["1.0", None], "text", "text", ["1.0", None]),
    ],
)
def test_texts_of_another_kind_take_the_form_of_training(
    texts, kind, trained, expected
) -> None:
    assert converted(pl.Series(texts), kind, trained).to_list() == expected


def test_composed_is_nfc() -> None:
    assert composed("e\u0301") == "é"
    assert composed("abc") == "abc"
