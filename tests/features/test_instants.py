"""Reading points in time."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorium.errors import DataError
from sensorium.features import instants as module
from sensorium.features.base import Reading
from sensorium.features.instants import instants, require_form

READING = Reading()
MOMENT = datetime.datetime(2020, 1, 31, 9, 30)


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([MOMENT, None]),
        pl.Series([MOMENT, None], dtype=pl.Datetime("ms")),
        pl.Series([MOMENT, None], dtype=pl.Datetime("ns")),
        pl.Series(["2020-01-31T09:30", None]),
        pl.Series(["2020-01-31 09:30:00", "NA"]),
        pl.Series([" 2020-01-31T11:30:00+02:00 ", ""]),
        pl.Series(["2020-01-31T09:30:00Z", "null"]),
        pl.Series([MOMENT, None])
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone("Asia/Tokyo"),
        np.array(["2020-01-31T09:30", "NaT"], dtype="datetime64[us]"),
    ],
    ids=lambda column: str(column.dtype),
)
def test_every_form_gives_the_same_moment(column) -> None:
    moments, faults = instants(column, "x", READING)
    expected = np.array([MOMENT, "NaT"], dtype="datetime64[us]")
    np.testing.assert_array_equal(moments, expected)
    assert not faults


def test_dates_are_midnights() -> None:
    moments, _ = instants(pl.Series([datetime.date(1969, 12, 31)]), "x", READING)
    assert moments[0] == np.datetime64("1969-12-31T00:00")


@pytest.mark.parametrize("few", [0, 1000])
def test_a_text_that_is_no_time_is_a_fault(monkeypatch, few) -> None:
    monkeypatch.setattr(module, "_FEW", few)
    texts = ["2020-02-30", "31.01.2020", "2020-01-31", "20-01-01", "0000-01-01"]
    moments, faults = instants(pl.Series(texts), "x", READING)
    assert list(faults) == [0, 1, 3, 4]
    assert faults[1].received == "31.01.2020"
    assert np.isnat(moments[[0, 1, 3, 4]]).all()


def test_a_form_can_be_given() -> None:
    column = pl.Series(["31.01.2020 09:30", "2020-01-31", None])
    moments, faults = instants(column, "x", READING, "%d.%m.%Y %H:%M")
    assert moments[0] == np.datetime64(MOMENT)
    assert list(faults) == [1]
    assert "'%d.%m.%Y %H:%M'" in faults[1].expected


@pytest.mark.parametrize("form", ["%H:%M", "%Q", "%", "date"])
def test_a_form_without_a_date_is_refused(form) -> None:
    with pytest.raises(DataError, match="expected a `format` with a date"):
        require_form(form)


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%Y-%m-%dT%H:%M:%S%z", "%s", "%Y", "%D"])
def test_forms_with_a_date_are_taken(form) -> None:
    require_form(form)


def test_numbers_and_lists_are_refused() -> None:
    with pytest.raises(DataError, match=r"type Int64. Use `number` for numbers"):
        instants(pl.Series([2020]), "x", READING)
    with pytest.raises(DataError, match="List"):
        instants(pl.Series([[MOMENT]]), "x", READING)


USUAL = st.from_regex(
    r"[0-2][0-9]{3}-[01][0-9]-[0-3][0-9]"
    r"([T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,7})?(Z|[+-]0[0-9]:?00)?)?",
    fullmatch=True,
)


@given(st.lists(st.one_of(USUAL, st.text(max_size=8), st.none()), max_size=20))
def test_many_texts_are_read_as_few_are(texts) -> None:
    column = pl.Series(texts, dtype=pl.String)
    few, few_faults = instants(column, "x", READING)
    kept = module._FEW
    module._FEW = 0
    try:
        many, many_faults = instants(column, "x", READING)
    finally:
        module._FEW = kept
    np.testing.assert_array_equal(few, many)
    assert few_faults == many_faults
