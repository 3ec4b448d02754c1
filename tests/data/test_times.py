"""Times that sort."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from sensorium.data.times import times_of
from sensorium.errors import DataError

UTC = datetime.UTC
DAYS = [
    datetime.date(2024, 5, 31),
    datetime.date(1969, 12, 31),
    datetime.date(2024, 6, 1),
]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series(DAYS),
        pl.Series([datetime.datetime(d.year, d.month, d.day) for d in DAYS]),
        pl.Series([str(day) for day in DAYS]),
        pl.Series([f"{day} 12:00:00" for day in DAYS]),
        pl.Series([f"{day}T12:00:00.5+02:00" for day in DAYS]),
        pl.Series([2, 1, 3]),
        pl.Series([2.5, -1.0, 3.0]),
    ],
)
def test_times_sort_as_they_should(column) -> None:
    assert np.argsort(times_of("t", column)).tolist() == [1, 0, 2]


def test_zones_are_taken_into_account() -> None:
    times = times_of("t", pl.Series(["2024-01-01T12:00+02:00", "2024-01-01T11:00"]))
    assert times[0] < times[1]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pl.Series(["2024-05-31", "31/05/2024"]), "row 2 is no ISO 8601 time"),
        (pl.Series([1.0, float("nan")]), "1 missing times, first in row 2"),
        (pl.Series(["2024-05-31", None]), "1 missing times, first in row 2"),
        (pl.Series([[1]]), "is no time"),
        (pl.Series([b"x"]), "is no time"),
    ],
)
def test_what_is_no_time_is_refused(column, message) -> None:
    with pytest.raises(DataError, match=message):
        times_of("t", column)
