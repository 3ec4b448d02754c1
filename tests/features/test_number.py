"""Number: scaling, missing values, refusals, targets."""

from __future__ import annotations

import datetime
import json

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError, NotFittedError, RecipeError
from sensorium.features import Number, Reading, State

ROWS = {
    "price": pl.Series([10.0, 20.0, None, 40.0]),
    "beds": pl.Series([1, 2, 3, 4]),
}


def test_standard_scaling_has_mean_zero_and_deviation_one() -> None:
    feature = Number("beds", scale="standard").fit(ROWS)
    values = feature.encode(ROWS).values[:, 0]
    expected = (np.arange(1, 5) - 2.5) / np.sqrt(1.25)
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_none_keeps_the_numbers_and_fills_gaps_with_the_median() -> None:
    encoded = Number(["price", "beds"], scale="none").fit(ROWS).encode(ROWS)
    assert encoded.values[:, 0].tolist() == [10.0, 20.0, 20.0, 40.0]


def test_quantile_scores_are_those_of_the_middle_ranks() -> None:
    feature = Number("beds").fit(ROWS)
    values = feature.encode(ROWS).values[:, 0]
    # Normal quantiles of 1/8, 3/8, 5/8, 7/8.
    np.testing.assert_allclose(
        values, [-1.15034938, -0.31863936, 0.31863936, 1.15034938], rtol=1e-6
    )


def test_quantile_scores_of_many_values_look_normal() -> None:
    skewed = pl.Series(np.random.default_rng(0).lognormal(0, 2, 100_000))
    values = Number().fit({"x": skewed}).encode({"x": skewed}).values[:, 0]
    shares = np.quantile(values, [0.0228, 0.1587, 0.5, 0.8413, 0.9772])
    np.testing.assert_allclose(shares, [-2, -1, 0, 1, 2], atol=0.06)
    assert np.abs(values).max() <= 3.5


def test_ties_share_the_middle_of_their_ranks() -> None:
    column = pl.Series([0.0] * 60 + list(np.linspace(1, 2, 40)))
    values = Number().fit({"x": column}).encode({"x": column}).values[:, 0]
    np.testing.assert_allclose(values[:60], -0.52440051, rtol=1e-6)  # rank 0.3
    assert values[60] > values[59] + 0.7


def test_numbers_beyond_the_training_range_stay_at_its_ends() -> None:
    feature = Number("beds").fit(ROWS)
    far = feature.encode({"beds": pl.Series([-1e30, 1e30])}).values[:, 0]
    ends = feature.encode({"beds": pl.Series([1, 4])}).values[:, 0]
    assert far.tolist() == ends.tolist()


def test_missing_numbers_become_zero_and_are_flagged() -> None:
    feature = Number(["price", "beds"], scale="standard").fit(ROWS)
    encoded = feature.encode(ROWS)
    assert encoded.values[2, 0] == 0.0
    assert encoded.values[:, 2].tolist() == [0, 0, 1, 0]
    assert encoded.present.all()
    assert feature.encoder_arguments() == {
        "num_columns": 2,
        "num_flags": 1,
        "flag_columns": [0],
    }
    assert feature.shape() == (3,)


def test_only_columns_that_lacked_values_in_training_have_a_flag() -> None:
    feature = Number(["beds", "price"]).fit(ROWS)
    gap = {"beds": pl.Series([None, 2]), "price": pl.Series([1.0, None])}
    encoded = feature.encode(gap)
    assert encoded.values.shape == (2, 3)
    assert encoded.values[:, 2].tolist() == [0, 1]
    assert encoded.values[0, 0] == 0.0


def test_a_single_column_needs_no_flag() -> None:
    feature = Number("price").fit(ROWS)
    assert feature.encoder_arguments()["num_flags"] == 0
    assert feature.encoder_arguments()["flag_columns"] == []
    assert feature.encode(ROWS).present.tolist() == [True, True, False, True]


def test_a_row_without_any_number_is_absent_and_zero() -> None:
    feature = Number(["price", "beds"], scale="none").fit(ROWS)
    empty = {"price": pl.Series([None, 1.0]), "beds": pl.Series([None, 1])}
    encoded = feature.encode(empty)
    assert encoded.present.tolist() == [False, True]
    assert not encoded.values[0].any()


@pytest.mark.parametrize("scale", ["quantile", "standard"])
def test_a_constant_column_becomes_zero(scale) -> None:
    feature = Number(scale=scale).fit({"x": pl.Series([0.1] * 7)})
    values = feature.encode({"x": pl.Series([0.1, 5.0, -3.0])}).values
    assert values.tolist() == [[0.0]] * 3


def test_booleans_are_zero_and_one() -> None:
    column = {"x": pl.Series([True, False, None])}
    encoded = Number(scale="none").fit(column).encode(column)
    assert encoded.values[:2, 0].tolist() == [1.0, 0.0]
    assert encoded.present.tolist() == [True, True, False]


def test_texts_are_read_as_numbers_and_the_usual_words_as_missing() -> None:
    feature = Number("beds", scale="none").fit(ROWS)
    texts = ["3", " 2.5 ", "NA", "n/a", "null", "None", "nan", "?", "", None, "1e2"]
    encoded = feature.encode({"beds": pl.Series(texts)})
    assert encoded.values[[0, 1, 10], 0].tolist() == [3.0, 2.5, 100.0]
    assert np.flatnonzero(encoded.present).tolist() == [0, 1, 10]
    assert encoded.errors == {}


def test_an_unreadable_text_is_an_error_of_its_row_only() -> None:
    feature = Number(["price", "beds"]).fit(ROWS)
    rows = {"price": pl.Series(["1.5", "41 ans"]), "beds": pl.Series([1, 2])}
    encoded = feature.encode(rows)
    assert encoded.errors == {
        1: "column `price`: expected a number. Received: '41 ans'."
    }
    assert encoded.present.tolist() == [True, False]
    assert not encoded.values[1].any()


def test_an_infinite_number_is_an_error_of_its_row_only() -> None:
    feature = Number("beds").fit(ROWS)
    encoded = feature.encode({"beds": pl.Series([1.0, float("-inf"), 1e39])})
    assert encoded.present.tolist() == [True, False, False]
    assert encoded.errors[1] == (
        "column `beds`: expected a finite number; this one is infinite. Received: -inf."
    )
    assert "larger than 1e+38" in encoded.errors[2]


def test_fit_refuses_an_infinite_number_with_its_place() -> None:
    reading = Reading(where="homes.csv", first_row=100)
    with pytest.raises(DataError, match=r"homes.csv, column `x`, row 102: .*infinite"):
        Number().fit({"x": pl.Series([1.0, float("inf")])}, reading)


def test_fit_refuses_text_and_says_how_much_there_is() -> None:
    with pytest.raises(DataError) as caught:
        Number().fit({"age": pl.Series(["41 ans", "7", "8 ans"])})
    assert str(caught.value) == (
        "the table, column `age`, row 1: expected a number. Received: '41 ans'. "
        "2 rows of this column cannot be read."
    )


def test_a_decimal_comma_is_refused_with_a_hint() -> None:
    with pytest.raises(DataError, match=r"Received: '3,5'. Write decimals with a poi"):
        Number().fit({"x": pl.Series(["1.5", "3,5"])})


def test_dates_and_lists_are_refused_with_a_hint() -> None:
    with pytest.raises(DataError, match=r"column `x`: .*dates.*Use `time`"):
        Number().fit({"x": pl.Series([datetime.date(2020, 1, 1)])})
    with pytest.raises(DataError, match=r"column `x`: .*lists.*Use `vector`"):
        Number().fit({"x": pl.Series([[1.0, 2.0]])})
    with pytest.raises(DataError, match=r"an array of 2x3.*Use `vector`"):
        Number().fit({"x": np.zeros((2, 3))})


def test_a_missing_column_is_named() -> None:
    feature = Number(["price", "beds"]).fit(ROWS)
    with pytest.raises(DataError, match=r"lacks `price`. Did you mean `prices`"):
        feature.encode({"prices": ROWS["price"], "beds": ROWS["beds"]})


def test_an_empty_list_of_columns_is_refused() -> None:
    with pytest.raises(DataError, match="at least one column"):
        Number([]).fit(ROWS)


def test_mistakes_in_arguments_are_recipe_errors() -> None:
    with pytest.raises(RecipeError, match="Did you mean `quantile`"):
        Number(scale="quantil")


def test_fit_returns_a_copy_and_leaves_the_declaration_unfitted() -> None:
    declared = Number("beds")
    assert declared.fit(ROWS).is_fitted()
    assert not declared.is_fitted()
    with pytest.raises(NotFittedError, match="fitted first"):
        declared.encode(ROWS)


def test_merging_columns_of_another_feature_is_refused() -> None:
    with pytest.raises(DataError, match="cannot merge"):
        Number("beds").fit(ROWS).merge(Number("price").fit(ROWS))


def test_targets_are_raw_numbers_with_nan_where_absent() -> None:
    feature = Number("price").fit(ROWS)
    encoded = feature.encode_target(ROWS)
    assert encoded.values.dtype == np.float32
    np.testing.assert_array_equal(encoded.values, [10, 20, np.nan, 40])
    assert encoded.present.tolist() == [True, True, False, True]
    statistics = feature.target_statistics()
    assert statistics["mean"] == pytest.approx(70 / 3)
    assert statistics["scale"] == pytest.approx(np.std([10, 20, 40]))
    decoded = feature.decode(np.array([[1.5], [2.5]], dtype=np.float32))
    assert decoded.dtype == pl.Float64
    assert decoded.to_list() == [1.5, 2.5]
    assert decoded.name == "price"


def test_an_unreadable_label_is_absent_with_a_reason() -> None:
    encoded = Number("price").fit(ROWS).encode_target({"price": pl.Series(["x", "1"])})
    np.testing.assert_array_equal(encoded.values, [np.nan, 1.0])
    assert list(encoded.errors) == [0]


def test_a_constant_target_has_scale_one() -> None:
    feature = Number().fit({"y": pl.Series([5, 5])})
    assert feature.target_statistics() == {"mean": 5.0, "scale": 1.0}


def test_a_target_has_one_column_and_some_label() -> None:
    with pytest.raises(DataError, match="Predict each alone"):
        Number(["price", "beds"]).fit(ROWS).encode_target(ROWS)
    with pytest.raises(DataError, match="no label"):
        Number().fit({"y": pl.Series([None, None])}).target_statistics()


def test_the_state_of_millions_of_values_is_small() -> None:
    column = {"x": pl.Series(np.random.default_rng(0).normal(size=100_000))}
    state = Number().fit(column).state()
    size = len(json.dumps(state.document)) + sum(
        a.nbytes for a in state.arrays.values()
    )
    assert size < 10_000


def test_a_restored_feature_encodes_alike_but_cannot_be_merged() -> None:
    feature = Number(["price", "beds"]).fit(ROWS)
    state = feature.state()
    document = json.loads(json.dumps(state.document))
    restored = Number(["price", "beds"]).restore(State(document, state.arrays))
    assert (
        restored.encode(ROWS).values.tobytes() == feature.encode(ROWS).values.tobytes()
    )
    with pytest.raises(DataError, match="Fit again"):
        restored.merge(feature)
