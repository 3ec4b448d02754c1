"""What may be compared as a key, and what is said of the rest."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from sensorium.data.key_types import alike
from sensorium.errors import DataError


def both(left, right, as_text=False):
    columns = [c if isinstance(c, np.ndarray) else pl.Series(c) for c in (left, right)]
    return alike(["a", "b"], ["id", "id"], columns, as_text)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (["x", "y"], ["y", None], (["x", "y"], ["y", None])),
        ([1, 2], pl.Series([2], dtype=pl.UInt8), ([1, 2], [2])),
        ([1, 2], [2.0, None, float("nan")], ([1, 2], [2, None, None])),
        (pl.Series([2**64 - 1], dtype=pl.UInt64),) * 2 + (([2**64 - 1],) * 2,),
        ([7, 8], pl.Series([None], dtype=pl.String), ([7, 8], [None])),
        ([True], [False, None], ([True], [False, None])),
    ],
)
def test_values_of_one_meaning_get_one_type(left, right, expected) -> None:
    found = both(left, right)
    assert tuple(column.to_list() for column in found) == expected
    assert found[0].dtype == found[1].dtype


def test_times_of_other_units_and_zones_are_alike() -> None:
    noon = datetime.datetime(2026, 1, 31, 12)
    millis = pl.Series([noon]).cast(pl.Datetime("ms"))
    left, right = both([noon], millis)
    assert left.equals(right)
    utc = pl.Series([noon]).dt.replace_time_zone("UTC")
    left, right = both(utc, utc.dt.convert_time_zone("Asia/Tokyo"))
    assert left.equals(right)


def test_numbers_and_texts_are_refused_with_examples_of_each() -> None:
    with pytest.raises(DataError) as error:
        both([1, 2, 3, 4], ["2", "3", "x"])
    assert str(error.value) == (
        "Keys of different types never match. a, key `id`: 4 whole numbers (e.g. 1, "
        "2, 3); b, key `id`: 3 texts (e.g. '2', '3', 'x'). As texts 2 keys match: give "
        "`as_text: true`, or save both as one type."
    )


def test_numbers_and_texts_compare_as_texts_when_asked_for() -> None:
    left, right = both([1.0, 2.0, None], ["2"], as_text=True)
    assert left.to_list() == ["1", "2", None]
    assert right.to_list() == ["2"]


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ([1], ["007"], "As texts none match either (leading zeros?)"),
        ([1], [True], "Save both as one type."),
        ([datetime.date(2026, 1, 1)], ["2026-01-01"], "1 dates (e.g. datetime.date"),
        ([1.5], [1.0], "a, key `id`: fractions cannot be keys. Received: 1.5."),
        ([[1]], [[1]], "this type cannot be a key. Received: 'List(Int64)'."),
        (np.eye(2), [1], "a key must be one value a row"),
        ([2**63], [-1], "over 63 bits"),
    ],
)
def test_what_cannot_be_compared_is_refused(left, right, words) -> None:
    with pytest.raises(DataError) as error:
        both(left, right)
    assert words in str(error.value)
