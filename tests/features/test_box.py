from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features import Box

FOUR = {
    "x0": pl.Series([0.0, 10.0, 5.0, None]),
    "y0": pl.Series([0, 2, 1, 1]),
    "x1": pl.Series([4.0, 30.0, 5.0, 9.0]),
    "y1": pl.Series([2.0, 8.0, 3.0, 4.0]),
}
NAMES = list(FOUR)


def test_labels_are_the_boxes_as_they_stand() -> None:
    encoded = Box(NAMES).fit(FOUR).encode_target(FOUR)
    assert encoded.values.dtype == np.float32
    assert encoded.values[:3].tolist() == [[0, 0, 4, 2], [10, 2, 30, 8], [5, 1, 5, 3]]
    assert encoded.present.tolist() == [True, True, True, False]
    assert np.isnan(encoded.values[3]).all(), "a part of a box is no box"


def test_lists_arrays_and_columns_give_the_same_labels() -> None:
    rows = np.stack([column.to_numpy() for column in FOUR.values()], axis=1)[:3]
    lists = {"box": pl.Series(rows.tolist())}
    expected = Box(NAMES).fit(FOUR).encode_target(FOUR).values[:3]
    for columns in (lists, {"box": rows}):
        found = Box("box").fit(columns).encode_target(columns).values
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("form", "row", "sentence"),
    [
        ("corners", [4, 0, 3, 1], "expected x1 not below x0 and y1 not below y0"),
        ("corners", [0, 4, 1, 3], "expected x1 not below x0 and y1 not below y0"),
        ("center_size", [5, 5, -1, 2], "expected a width and a height from 0"),
    ],
)
def test_a_box_that_is_inside_out_is_named(form, row, sentence) -> None:
    good = {"b": pl.Series([[1.0, 1, 2, 2], [1.0, 2, 3, 4]])}
    bad = {"b": pl.Series([[1.0, 1, 2, 2], [float(value) for value in row]])}
    with pytest.raises(DataError, match=f"column `b`, row 2: {sentence}"):
        Box("b", form=form).fit(bad)
    encoded = Box("b", form=form).fit(good).encode_target(bad)
    assert list(encoded.errors) == [1]
    assert sentence in encoded.errors[1]
    assert encoded.present.tolist() == [True, False]
    assert np.isnan(encoded.values[1]).all()


def test_three_numbers_are_no_box() -> None:
    with pytest.raises(DataError, match="a box has four numbers"):
        Box("b").fit({"b": pl.Series([[1.0, 2.0, 3.0]])})
    with pytest.raises(DataError, match="a box has four numbers"):
        Box(NAMES[:3]).fit(FOUR)
    with pytest.raises(DataError, match="a box has four numbers"):
        Box([*NAMES, "x0"]).fit(FOUR)


def test_statistics_are_the_same_in_both_forms() -> None:
    draw = np.random.default_rng(0)
    first = draw.normal(size=(40, 2))
    second = first + draw.random((40, 2)) + first**2
    corners = np.concatenate([first, second], axis=1)
    sizes = np.concatenate([(first + second) / 2, second - first], axis=1)
    one = Box("b").fit({"b": corners}).target_statistics()
    two = Box("b", form="center_size").fit({"b": sizes}).target_statistics()
    scale = np.sqrt((first.var(axis=0) + second.var(axis=0)) / 2)
    np.testing.assert_allclose(one["scale"], scale)
    for name, values in one.items():
        np.testing.assert_allclose(two[name], values)
    np.testing.assert_allclose(one["size"], (second - first).mean(axis=0))


def test_corners_are_by_the_size_of_the_picture() -> None:
    boxes = np.array([[10.0, 10.0, 20.0, 10.0]])
    feature = Box(form="center_size", image_size=(50, 100))
    np.testing.assert_allclose(feature.corners(boxes), [[0.0, 0.1, 0.2, 0.3]])
    assert Box().corners(boxes).tolist() == boxes.tolist()
    assert feature.ends() == ("x", "y", "width", "height")


def test_the_state_keeps_the_form() -> None:
    feature = Box(NAMES, form="corners", image_size=(3, 4)).fit(FOUR)
    again = Box(NAMES, form="corners", image_size=(3, 4)).restore(feature.state())
    assert (again.form, again.image_size) == ("corners", (3, 4))
    assert again.target_statistics() == feature.target_statistics()


def test_no_box_at_all_is_refused() -> None:
    empty = {"b": pl.Series([None, None])}
    with pytest.raises(DataError, match="column `b` has no"):
        Box("b").fit(empty).target_statistics()
    empty = {name: pl.Series([None, None], dtype=pl.Float64) for name in NAMES}
    with pytest.raises(DataError, match="no box in the training rows"):
        Box(NAMES).fit(empty).target_statistics()
