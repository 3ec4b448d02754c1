"""Vector: rows of numbers as one input."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features import State, Vector

ROWS = {"v": pl.Series([[1.0, 10.0], [3.0, 10.0], [None, 10.0], None, [None, None]])}


def test_each_dimension_is_standardised_and_gaps_are_its_mean() -> None:
    feature = Vector().fit(ROWS)
    encoded = feature.encode(ROWS)
    assert encoded.values.dtype == np.float32
    assert encoded.values.tolist() == [[-1, 0], [1, 0], [0, 0], [0, 0], [0, 0]]
    assert encoded.present.tolist() == [True, True, True, False, False]
    assert feature.shape() == (2,)


def test_none_keeps_the_numbers_and_fills_gaps_with_the_mean() -> None:
    encoded = Vector(scale="none").fit(ROWS).encode(ROWS)
    assert encoded.values[:3].tolist() == [[1, 10], [3, 10], [2, 10]]
    assert not encoded.values[3:].any()


def test_many_columns_are_one_vector() -> None:
    matrix = np.random.default_rng(0).normal(size=(50, 4))
    columns = {f"x_{at}": pl.Series(matrix[:, at]) for at in range(4)}
    one = Vector(list(columns)).fit(columns).encode(columns).values
    two = Vector().fit({"v": matrix}).encode({"v": matrix}).values
    np.testing.assert_allclose(one, two, rtol=1e-6)


def test_lists_and_numbers_stand_one_after_another() -> None:
    columns = {"v": pl.Series([[1.0, 2.0], [3.0, 4.0]]), "x": pl.Series([5, 6])}
    encoded = Vector(["x", "v"], scale="none").fit(columns).encode(columns)
    assert encoded.values.tolist() == [[5, 1, 2], [6, 3, 4]]


def test_a_list_of_another_length_is_an_error_of_its_row() -> None:
    encoded = Vector().fit(ROWS).encode({"v": pl.Series([[1.0], [1.0, 10.0]])})
    assert list(encoded.errors) == [0]
    assert "expected 2 numbers" in encoded.errors[0]
    assert encoded.present.tolist() == [False, True]


def test_a_fault_in_one_of_several_columns_empties_the_row() -> None:
    columns = {"v": pl.Series([[1.0, 2.0], [3.0, 4.0]]), "x": pl.Series([5, 6])}
    feature = Vector(["x", "v"], scale="none").fit(columns)
    encoded = feature.encode({"v": pl.Series([[1.0], None]), "x": pl.Series([5, 6])})
    assert encoded.present.tolist() == [False, True]
    assert encoded.values.tolist() == [[0, 0, 0], [6, 2, 3]]


def test_fit_refuses_different_lengths_with_the_row() -> None:
    with pytest.raises(DataError, match=r"column `v`, row 2: expected 2 numbers"):
        Vector().fit({"v": pl.Series([[1.0, 2.0], [1.0]])})
    one = Vector().fit({"v": pl.Series([[1.0, 2.0]])})
    with pytest.raises(DataError, match=r"one length. Received: '2 and 1 numbers'"):
        one.merge(Vector().fit({"v": pl.Series([[1.0]])}))


def test_a_chunk_without_any_vector_does_not_hurt() -> None:
    empty = Vector().fit({"v": pl.Series([None, None])})
    whole = Vector().fit(ROWS)
    for merged in (empty.merge(whole), whole.merge(empty)):
        assert merged.encode(ROWS).values.tolist() == whole.encode(ROWS).values.tolist()
    with pytest.raises(DataError, match="no vector in the training rows"):
        empty.encode(ROWS)


def test_a_restored_feature_is_alike() -> None:
    feature = Vector().fit(ROWS)
    state = feature.state()
    document = json.loads(json.dumps(state.document))
    restored = Vector().restore(State(document, state.arrays))
    assert (
        restored.encode(ROWS).values.tobytes() == feature.encode(ROWS).values.tobytes()
    )
