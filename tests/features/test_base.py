"""What features share."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError, NotFittedError
from sensorium.features import Category, Number, Reading, Time
from sensorium.features.base import pick, source_names, where

COLUMNS = {"a": pl.Series([1, 2]), "b": pl.Series([3, 4])}


def test_sources_are_the_input_or_the_named_columns() -> None:
    assert Number().sources("price") == ("price",)
    assert Number("cost").sources("price") == ("cost",)
    assert Number(["a", "b"]).sources("price") == ("a", "b")


def test_named_binds_a_copy() -> None:
    feature = Number()
    assert source_names(feature.named("price"), COLUMNS) == ("price",)
    assert not hasattr(feature, "names_")


def test_an_unbound_feature_reads_its_own_columns_or_all() -> None:
    assert source_names(Number("b"), COLUMNS) == ("b",)
    assert source_names(Number(), COLUMNS) == ("a", "b")
    with pytest.raises(DataError, match="at least one column"):
        source_names(Number(), {})


def test_pick_keeps_the_order_and_names_all_that_is_missing() -> None:
    picked = pick(Number(["b", "a"]), COLUMNS, Reading())
    assert [column[0] for column in picked] == [3, 1]
    with pytest.raises(DataError, match=r"t.csv: the table lacks `x`, `y`"):
        pick(Number(["x", "b", "y"]), COLUMNS, Reading(where="t.csv"))


def test_places_count_rows_of_the_whole_table_from_one() -> None:
    reading = Reading(where="t.csv", first_row=65_536)
    assert where(reading, "a") == "t.csv, column `a`"
    assert where(reading, "a", 0) == "t.csv, column `a`, row 65,537"


def test_places_are_right_where_rows_were_left_out() -> None:
    reading = Reading(where="t.csv", first_row=100, rows=np.array([2, 7]))
    assert where(reading, "a", 1) == "t.csv, column `a`, row 108"
    with pytest.raises(DataError, match="row 108: expected a number"):
        Number().fit({"a": pl.Series(["1", "x"])}, reading)


def test_what_is_no_target_says_so() -> None:
    with pytest.raises(DataError, match="A time feature cannot be predicted"):
        Time().decode(np.zeros(1))
    with pytest.raises(DataError, match="A time feature cannot be predicted"):
        Time().encode_target(COLUMNS)


def test_only_features_fitted_alike_can_be_merged() -> None:
    fitted = Number("a").fit(COLUMNS)
    fitted.require_same(Number("a").fit(COLUMNS))
    for other in (Number("b"), Number("a", scale="none"), Category("a")):
        with pytest.raises(DataError, match="Fit both alike, on the same columns"):
            fitted.require_same(other.fit(COLUMNS))
    with pytest.raises(NotFittedError):
        fitted.require_same(Number("a"))
