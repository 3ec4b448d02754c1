from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.features.guess_boxes import guess_box
from sensorium.features.guess_targets import guess_target

CORNERS = [[0.0, 1.0, 5.0, 2.0], [3.0, 3.0, 3.0, 9.0]]


@pytest.mark.parametrize("column", [pl.Series([*CORNERS, None]), np.array(CORNERS)])
@pytest.mark.parametrize("name", ["box", "face_bbox", "bounding box"])
def test_corners_under_the_name_of_a_box_are_one(name, column) -> None:
    assert "corners" in str(guess_box(name, column))
    found = guess_target(name, column)
    assert found.head == "box"
    assert found.warnings == (
        "say `form: center_size` if they are a middle and a size",
    )


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("embedding", pl.Series(CORNERS)),
        ("box", pl.Series([[5.0, 5.0, 2.0, 2.0]])),  # a corner and a size
        ("box", pl.Series([[1.0, 2.0, 3.0]])),
        ("box", pl.Series([["a"], ["b"]])),
        ("box", pl.Series([None, None], dtype=pl.List(pl.Float64))),
        ("box", pl.Series([1.0, 2.0])),
        ("box", np.zeros((2, 3, 4))),
    ],
)
def test_anything_else_is_none(name, column) -> None:
    assert guess_box(name, column) is None
