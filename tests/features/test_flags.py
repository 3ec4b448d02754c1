"""Flags: multi-hot rows from lists, texts and columns, and back."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features import Flags, State

TAGS = {"tags": pl.Series([["b", "a"], ["a", "a"], [], None, ["c", None]])}
SWITCHES = {
    "red": pl.Series([1, 0, None, None]),
    "blue": pl.Series([True, False, True, None]),
}


def test_lists_become_ones_in_the_order_of_the_flags() -> None:
    feature = Flags().fit(TAGS)
    encoded = feature.encode(TAGS)
    assert encoded.values.dtype == np.float32
    assert encoded.values.tolist() == [
        [1, 1, 0],
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 1],
    ]
    assert encoded.present.tolist() == [True, True, True, False, True]
    assert feature.flags_ == ["a", "b", "c"]
    assert feature.shape() == (3,)


def test_counts_are_rows_that_have_the_flag() -> None:
    assert Flags().fit(TAGS).counts_.tolist() == [2, 1, 1]


def test_a_text_is_split_at_its_separator() -> None:
    column = {"tags": pl.Series(["a; b", "b;;", " ; ", "", None])}
    encoded = Flags(separator=";").fit(column).encode(column)
    assert encoded.values.tolist() == [[1, 1], [0, 1], [0, 0], [0, 0], [0, 0]]
    assert encoded.present.tolist() == [True, True, True, False, False]


def test_several_columns_are_a_flag_each() -> None:
    feature = Flags(["red", "blue"]).fit(SWITCHES)
    encoded = feature.encode(SWITCHES)
    assert encoded.values.tolist() == [[1, 1], [0, 0], [0, 1], [0, 0]]
    assert encoded.present.tolist() == [True, True, True, False]
    assert feature.flags_ == ["red", "blue"]
    assert feature.counts_.tolist() == [1, 2]


def test_a_single_boolean_column_is_one_flag() -> None:
    column = {"sold": pl.Series([True, False, None])}
    feature = Flags().fit(column)
    assert feature.encode(column).values.tolist() == [[1], [0], [0]]
    assert feature.flags_ == ["sold"]


def test_an_array_has_a_flag_in_each_column() -> None:
    column = {"y": np.array([[0, 1, 1], [1, 0, 1]])}
    feature = Flags().fit(column)
    assert feature.flags_ == ["y_0", "y_1", "y_2"]
    assert feature.encode(column).values.tolist() == [[0, 1, 1], [1, 0, 1]]
    with pytest.raises(DataError, match=r"expected 3 flags.* Received: 2"):
        feature.encode({"y": np.zeros((1, 2))})


def test_unseen_flags_are_ignored() -> None:
    feature = Flags().fit(TAGS)
    encoded = feature.encode({"tags": pl.Series([["z", "a"], ["z"]])})
    assert encoded.values.tolist() == [[1, 0, 0], [0, 0, 0]]
    assert encoded.present.all()


def test_the_most_frequent_flags_are_kept() -> None:
    assert Flags(max_flags=1).fit(TAGS).flags_ == ["a"]


def test_numbers_are_ordered_by_number_and_come_back_as_numbers() -> None:
    column = {"x": pl.Series([[10, 9], [2]])}
    feature = Flags().fit(column)
    assert feature.flags_ == [2, 9, 10]
    decoded = feature.decode(np.array([[0.9, 0.5, 0.49], [0, 0, 0]]))
    assert decoded.to_list() == [[2, 9], []]
    assert decoded.dtype == pl.List(pl.Int64)


def test_numbers_given_as_floats_or_texts_are_the_same_flags() -> None:
    feature = Flags(separator=",").fit({"x": pl.Series([[1, 2]])})
    for column in ([[2.0]], ["2"], ["2.0,5"]):
        encoded = feature.encode({"x": pl.Series(column)})
        assert encoded.values.tolist() == [[0, 1]]


def test_another_number_is_an_error_of_its_row() -> None:
    feature = Flags(["red", "blue"]).fit(SWITCHES)
    rows = {"red": pl.Series([2, 1]), "blue": pl.Series([1, 1])}
    encoded = feature.encode(rows)
    assert encoded.errors == {0: "column `red`: expected 0 or 1. Received: 2.0."}
    assert encoded.present.tolist() == [False, True]
    assert not encoded.values[0].any()
    with pytest.raises(DataError, match=r"column `red`, row 1: expected 0 or 1"):
        Flags(["red", "blue"]).fit(rows)


def test_a_text_without_a_separator_is_refused() -> None:
    with pytest.raises(DataError, match=r"column `x`: .*separator=';'"):
        Flags().fit({"x": pl.Series(["a;b"])})


def test_training_rows_without_any_flag_are_refused() -> None:
    feature = Flags().fit({"x": pl.Series([None, None])})
    with pytest.raises(DataError, match="no flag in the training rows"):
        feature.shape()


def test_targets_are_nan_where_labels_are_missing() -> None:
    encoded = Flags().fit(TAGS).encode_target(TAGS)
    assert np.isnan(encoded.values[3]).all()
    assert not np.isnan(encoded.values[[0, 1, 2, 4]]).any()
    assert encoded.present.tolist() == [True, True, True, False, True]


def test_a_target_of_several_columns_needs_all_of_them() -> None:
    encoded = Flags(["red", "blue"]).fit(SWITCHES).encode_target(SWITCHES)
    assert encoded.present.tolist() == [True, True, False, False]
    assert np.isnan(encoded.values[2:]).all()


def test_decode_gives_lists_or_a_struct_of_booleans() -> None:
    decoded = Flags().fit(TAGS).decode(np.array([[True, False, True], [False] * 3]))
    assert decoded.to_list() == [["a", "c"], []]
    assert decoded.name == "tags"
    feature = Flags(["red", "blue"]).fit(SWITCHES)
    struct = feature.decode(np.array([[0.7, 0.2], [np.nan, np.nan]]))
    assert struct.to_list() == [
        {"red": True, "blue": False},
        {"red": None, "blue": None},
    ]


def test_a_merged_feature_keeps_the_order_of_columns() -> None:
    one = Flags(["red", "blue"]).fit({k: v[:2] for k, v in SWITCHES.items()})
    two = Flags(["red", "blue"]).fit({k: v[2:] for k, v in SWITCHES.items()})
    merged = one.merge(two)
    assert merged.flags_ == ["red", "blue"]
    assert merged.counts_.tolist() == [1, 2]


def test_a_restored_feature_is_alike() -> None:
    for feature, rows in ((Flags(), TAGS), (Flags(["red", "blue"]), SWITCHES)):
        fitted = feature.fit(rows)
        state = fitted.state()
        document = json.loads(json.dumps(state.document))
        restored = feature.restore(State(document, state.arrays))
        assert restored.flags_ == fitted.flags_
        np.testing.assert_array_equal(
            restored.encode(rows).values, fitted.encode(rows).values
        )
