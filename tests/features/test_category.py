"""Category: ids, unseen and rare values, targets."""

from __future__ import annotations

import datetime
import json

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError, NotFittedError
from sensorium.features import Category, State

CITY = {"city": pl.Series(["rome", "oslo", "rome", "oslo", "rome", "bern", None, ""])}


def ids(feature: Category, values, dtype=None) -> list[int]:
    column = pl.Series(values, dtype=dtype)
    return feature.encode({feature.names_[0]: column}).values[:, 0].tolist()


def test_ids_go_by_falling_frequency_and_rare_values_share_one() -> None:
    feature = Category().fit(CITY)
    encoded = feature.encode(CITY)
    assert encoded.values.dtype == np.int32
    assert encoded.values[:, 0].tolist() == [2, 3, 2, 3, 2, 1, 0, 0]
    assert encoded.present.tolist() == [True] * 6 + [False] * 2
    assert feature.encoder_arguments() == {"num_categories": [4]}


def test_equal_counts_are_ordered_by_name() -> None:
    feature = Category(min_count=1).fit({"x": pl.Series(["b", "c", "a"])})
    assert ids(feature, ["a", "b", "c"]) == [2, 3, 4]


def test_unseen_values_are_other() -> None:
    assert ids(Category().fit(CITY), ["lima", "rome", None]) == [1, 2, 0]


def test_max_categories_keeps_the_most_frequent() -> None:
    feature = Category(max_categories=1).fit(CITY)
    assert ids(feature, ["rome", "oslo"]) == [2, 1]
    assert feature.encoder_arguments() == {"num_categories": [3]}


def test_several_columns_stand_side_by_side() -> None:
    rows = {"a": pl.Series(["x", "x", None, None]), "b": pl.Series([1, 1, 1, None])}
    feature = Category(["b", "a"]).fit(rows)
    encoded = feature.encode(rows)
    assert encoded.values.tolist() == [[2, 2], [2, 2], [2, 0], [0, 0]]
    assert encoded.present.tolist() == [True, True, True, False]
    assert feature.encoder_arguments() == {"num_categories": [3, 3]}
    assert feature.shape() == (2,)


def test_words_and_leading_zeros_are_categories_like_any_other() -> None:
    values = ["007", "7", "None", "NA", "null", "nan"]
    feature = Category(min_count=1).fit({"x": pl.Series(values)})
    assert sorted(ids(feature, values)) == [2, 3, 4, 5, 6, 7]


def test_a_value_has_the_same_id_in_whatever_type_it_comes() -> None:
    feature = Category(min_count=1).fit({"x": pl.Series([1, 1, 2])})
    for column in ([1.0, 2.0], ["1", "2"], ["1.0", "2.0"]):
        assert ids(feature, column) == [2, 3], column
    assert ids(feature, [1, 2], pl.UInt8) == [2, 3]
    assert ids(feature, [1, 2], pl.Float32) == [2, 3]
    assert ids(feature, [True, False]) == [2, 1]
    assert ids(feature, ["1", "2"], pl.Categorical) == [2, 3]
    assert ids(feature, ["1", "2"], pl.Enum(["2", "1"])) == [2, 3]


def test_numbers_from_an_odd_column_of_text_keep_their_ids() -> None:
    feature = Category(min_count=1).fit({"x": pl.Series([1.5, 2.0, 2.0])})
    assert ids(feature, ["2.0", "2", "1.50", "abc", "NA", "002"]) == [2, 2, 3, 1, 0, 1]


def test_composed_and_decomposed_letters_are_one_category() -> None:
    feature = Category().fit({"x": pl.Series(["é", "e\u0301"])})
    assert ids(feature, ["é", "e\u0301", "e"]) == [2, 2, 1]


def test_many_rows_get_the_ids_of_few_rows() -> None:
    rng = np.random.default_rng(0)
    words = [f"wört{i}" for i in rng.integers(0, 3000, 20_000)] + ["", "e\u0301"]
    column = pl.Series(words)
    feature = Category().fit({"x": column[:9000]})
    whole = ids(feature, words)
    starts = range(0, len(words), 1000)
    parts = [place for at in starts for place in ids(feature, words[at : at + 1000])]
    assert whole == parts
    assert {0, 1, 2} <= set(whole)


def test_lists_and_bytes_are_refused() -> None:
    with pytest.raises(DataError, match=r"column `x`: .*List.*Use `flags`"):
        Category().fit({"x": pl.Series([["a"]])})
    with pytest.raises(DataError, match="Binary"):
        Category().fit({"x": pl.Series([b"a"])})
    with pytest.raises(DataError, match="one value in each row"):
        Category().fit({"x": np.zeros((2, 2))})


def test_fit_returns_a_copy_and_leaves_the_declaration_unfitted() -> None:
    declared = Category("city")
    declared.fit(CITY)
    with pytest.raises(NotFittedError):
        declared.encode(CITY)


@pytest.mark.parametrize(
    ("labels", "classes", "dtype"),
    [
        ([10, 9, None, 10], [9, 10], pl.Int64),
        ([2.5, -1.0, float("nan"), 2.5], [-1.0, 2.5], pl.Float64),
        ([True, False, None, True], [False, True], pl.Boolean),
        (["b", "a", "", "b"], ["a", "b"], pl.String),
        (
            [datetime.date(2020, 2, 1), datetime.date(2019, 1, 1), None],
            [datetime.date(2019, 1, 1), datetime.date(2020, 2, 1)],
            pl.Date,
        ),
        (
            [datetime.datetime(2020, 1, 1, 5, 0, 0, 20), datetime.datetime(2019, 1, 1)],
            [datetime.datetime(2019, 1, 1), datetime.datetime(2020, 1, 1, 5, 0, 0, 20)],
            pl.Datetime("us"),
        ),
        ([2**64 - 1, 5], [5, 2**64 - 1], pl.UInt64),
    ],
    ids=["int", "float", "bool", "text", "date", "datetime", "big"],
)
def test_labels_become_classes_by_value_and_come_back_in_their_type(
    labels, classes, dtype
) -> None:
    column = {"y": pl.Series(labels)}
    feature = Category().fit(column)
    encoded = feature.encode_target(column)
    assert encoded.values.dtype == np.int32
    assert encoded.values[:2].tolist() == [1, 0]
    assert encoded.present.tolist() == [value >= 0 for value in encoded.values]
    assert feature.classes_ == classes
    decoded = feature.decode(encoded.values)
    assert decoded.dtype == dtype
    nan = ["", None]
    expected = [None if x in nan or x != x else x for x in labels]
    assert decoded.to_list() == expected
    assert decoded.name == "y"


def test_class_counts_stand_in_the_order_of_classes() -> None:
    feature = Category().fit({"y": pl.Series([1, 0, 1, 1, None])})
    assert feature.counts_.tolist() == [1, 3]


def test_an_unseen_label_is_absent_with_a_reason_that_names_the_known_ones() -> None:
    feature = Category().fit(CITY)
    encoded = feature.encode_target({"city": pl.Series(["lima", "rome", None])})
    assert encoded.values.tolist() == [-1, 2, -1]
    assert encoded.errors == {
        0: "column `city`: expected a label that was seen in training. "
        "Received: 'lima'. Known: 'bern', 'oslo', 'rome'."
    }


@pytest.mark.parametrize("labels", [["a", "a", None], [None, None]])
def test_a_target_with_fewer_than_two_classes_is_refused(labels) -> None:
    column = {"y": pl.Series(labels, dtype=pl.String)}
    feature = Category().fit(column)
    with pytest.raises(DataError, match=r"column `y`: a target needs at least two"):
        feature.encode_target(column)


def test_a_target_has_one_column_and_not_too_many_classes() -> None:
    rows = {"a": pl.Series([1, 2, 3]), "b": pl.Series([1, 2, 3])}
    with pytest.raises(DataError, match="Predict each alone"):
        Category(["a", "b"]).fit(rows).encode_target(rows)
    with pytest.raises(DataError, match=r"at most 2 classes. Received: 3"):
        Category("a", max_categories=2).fit(rows).encode_target(rows)


def test_an_impossible_class_id_is_refused() -> None:
    with pytest.raises(DataError, match=r"3 classes, counted from 0. Received: 3"):
        Category().fit(CITY).decode(np.array([0, 3]))


def test_the_kinds_of_chunks_are_joined() -> None:
    parts = [pl.Series([1, 2]), pl.Series([None, None]), pl.Series([2.5])]
    first, *others = [Category().fit({"y": part}) for part in parts]
    for other in others:
        first = first.merge(other)
    assert first.classes_ == [1.0, 2.0, 2.5]
    assert first.merge(Category().fit({"y": pl.Series(["x"])})).classes_ == [
        "1",
        "2",
        "2.5",
        "x",
    ]


def test_a_restored_feature_encodes_and_decodes_alike() -> None:
    feature = Category().fit(CITY)
    state = feature.state()
    document = json.loads(json.dumps(state.document))
    restored = Category().restore(State(document, state.arrays))
    assert ids(restored, ["rome", "bern", "x"]) == ids(feature, ["rome", "bern", "x"])
    assert restored.classes_ == feature.classes_
    assert restored.counts_.tolist() == feature.counts_.tolist()


SIZES = {"size": pl.Series(["big", "small", "small", None, "big"])}


def test_the_order_of_classes_may_be_given() -> None:
    feature = Category("size", order=["small", "middle", "big"]).fit(SIZES)
    assert feature.classes_ == ["small", "middle", "big"]
    assert feature.counts_.tolist() == [2, 0, 2]
    assert feature.encode_target(SIZES).values.tolist() == [2, 0, 0, -1, 2]
    unseen = {"size": pl.Series(["middle", "huge"])}
    encoded = feature.encode_target(unseen)
    assert encoded.values[0] == 1
    assert list(encoded.errors) == [1]
    again = Category("size", order=["small", "middle", "big"]).restore(feature.state())
    assert again.decode(np.array([1, 0])).to_list() == ["middle", "small"]
    merged = feature.merge(feature)
    assert merged.classes_ == feature.classes_


def test_an_order_of_numbers_has_their_kind() -> None:
    rows = {"stars": pl.Series([5.0, 1.0, 3.0])}
    feature = Category("stars", order=[5, 3.0, 2, 1]).fit(rows)
    assert feature.classes_ == [5.0, 3.0, 2.0, 1.0]
    assert feature.encode_target(rows).values.tolist() == [0, 3, 1]


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (["small", "bgi"], "every class of the training rows. Received: 'big'"),
        (["small", "big", "big"], "every class once"),
        (["small", "", "big"], "every class once"),
    ],
)
def test_an_order_that_does_not_fit_is_refused(order, sentence) -> None:
    with pytest.raises(
        DataError, match=f"column `size`: expected `order` to .*{sentence}"
    ):
        Category("size", order=order).fit(SIZES).encode_target(SIZES)


def test_an_order_of_another_kind_is_refused() -> None:
    rows = {"stars": pl.Series([5, 1, 3])}
    with pytest.raises(DataError, match="of the column's kind, integer"):
        _ = Category("stars", order=["low", 1, 3, 5]).fit(rows).classes_
