from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.features.guess_arrays import guess_array, guess_list

RNG = np.random.default_rng(0)


def array_word(array):
    found = guess_array("x", array)
    return found.kind or found.role


def list_word(values, dtype=None):
    found = guess_list("x", pl.Series("x", values, dtype=dtype))
    return found.kind or found.role


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (RNG.integers(0, 255, (20, 28, 28)).astype(np.uint8), "image"),
        (RNG.integers(0, 255, (20, 16, 12, 3)).astype(np.uint8), "image"),
        (RNG.random((20, 16, 12, 3)).astype(np.float32), "image"),
        (RNG.random((20, 28, 28)), "image"),
        (RNG.normal(size=(20, 28, 28)), "signal"),
        (RNG.normal(size=(20, 100, 3)).astype(np.float16), "signal"),
        (RNG.integers(-9, 9, (20, 100, 3)), "signal"),
        (RNG.integers(0, 255, (20, 100, 3)).astype(np.uint8), "signal"),
        (RNG.normal(size=(20, 8)), "vector"),
        (RNG.normal(size=(20, 300)), "vector"),
        (RNG.normal(size=(20, 300)).cumsum(1), "signal"),
        (RNG.integers(0, 2, (20, 40)).astype(bool), "vector"),
        (RNG.normal(size=(20, 16, 12, 3)), "unreadable"),
        (RNG.normal(size=(20, 16, 12, 5)), "unreadable"),
        (RNG.normal(size=(20, 4, 4, 4, 4)), "unreadable"),
        (np.array([["a", "b"]] * 20), "unreadable"),
        (np.full((20, 5, 2), np.nan), "missing"),
        (np.zeros((20, 0, 3)), "missing"),
        (np.full((20, 40), 1e200) * RNG.random((20, 1)), "unreadable"),
        (np.ones((20, 5, 2)), "constant"),
    ],
)
def test_shape_and_values_decide(array, expected) -> None:
    assert array_word(array) == expected


def test_gaps_do_not_change_what_an_array_is() -> None:
    values = RNG.normal(size=(50, 300)).cumsum(1)
    values[::3] = np.nan
    assert array_word(values) == "signal"
    pictures = RNG.random((20, 28, 28))
    pictures[0] = np.nan
    assert array_word(pictures) == "image"


def test_infinite_numbers_leave_a_vector_out() -> None:
    values = RNG.normal(size=(50, 8))
    values[3, 2] = np.inf
    found = guess_array("x", values)
    assert (found.role, found.otherwise) == ("unreadable", "vector")
    assert "infinite numbers in 1 rows" in found.reason


def test_picture_has_its_size() -> None:
    found = guess_array(
        "x", np.zeros((3, 96, 48, 3), np.uint8) + np.uint8([[[[1, 2, 3]]]])
    )
    assert found.role == "constant"
    varied = RNG.integers(0, 255, (3, 96, 48, 3)).astype(np.uint8)
    assert guess_array("x", varied).arguments == {"size": [64, 32]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([["a", "b"], ["c"], None, []] * 20, "flags"),
        ([[1, 2], [3], [2, 3, 1], None] * 20, "flags"),
        ([[1, 1, 2], [3, 3], [2, 2, 3, 1]] * 20, "signal"),
        ([[0.5, 0.2], [0.1], [0.3, 0.4, 0.5]] * 20, "signal"),
        ([[0.5, 0.2, 0.1], [0.1, 0.2, 0.4], None] * 20, "vector"),
        ([[[0.5, 0.2]], [[0.1, 0.2], [0.3, 0.4]]] * 20, "signal"),
        ([[["a"]], [["b"]]] * 20, "unreadable"),
        ([[{"a": 1}], [{"a": 2}]] * 20, "unreadable"),
    ],
)
def test_lists_are_judged_by_what_is_in_them(values, expected) -> None:
    assert list_word(values) == expected


def test_long_lists_are_signals_if_neighbours_are_alike() -> None:
    noise = RNG.normal(size=(50, 64))
    assert list_word(noise.tolist()) == "vector"
    assert list_word(noise.cumsum(1).tolist()) == "signal"


def test_fixed_arrays_of_polars_are_lists() -> None:
    values = RNG.normal(size=(20, 8)).tolist()
    assert list_word(values, pl.Array(pl.Float64, 8)) == "vector"


def test_labels_seen_once_are_warned_of() -> None:
    found = guess_list("x", pl.Series([[f"a{i}", f"b{i}"] for i in range(50)]))
    assert "seen once" in found.warnings[0]
