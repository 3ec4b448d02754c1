from __future__ import annotations

import polars as pl
import pytest

from sensorium.features.guess_corners import with_boxes
from sensorium.features.guess_targets import TargetGuess, guess_target

VALUES = ([1.5, 2.0, 7.0], [0.5, 9.0, 4.0], [3.0, 2.5, 8.0], [5.0, 9.5, None])


def guessed(*names: str, values=VALUES) -> list[TargetGuess]:
    columns = {
        name: pl.Series(column) for name, column in zip(names, values, strict=False)
    }
    columns["n"] = pl.Series([0.1, 0.2, 0.4])
    guesses = [guess_target(name, column) for name, column in columns.items()]
    return with_boxes(guesses, columns)


@pytest.mark.parametrize(
    ("names", "box"),
    [
        (("x0", "y0", "x1", "y1"), "box"),
        (("x1", "y1", "x2", "y2"), "box"),
        (("face_xmin", "face_ymin", "face_xmax", "face_ymax"), "face"),
        (("Box X-Min", "Box Y-Min", "Box X-Max", "Box Y-Max"), "box"),
        (("left", "top", "right", "bottom"), "box"),
    ],
)
def test_names_of_corners_are_a_box(names, box) -> None:
    first, second = guessed(*names)
    assert (first.column, first.head, first.columns) == (box, "box", names)
    assert "corners" in first.reason
    assert "image_size" in first.warnings[0]
    assert second.column == "n"


def test_shares_of_a_picture_say_their_size() -> None:
    values = [[0.0, 0.1], [0.2, 0.3], [0.5, 0.1], [1.0, 0.9]]
    (box, _) = guessed("x0", "y0", "x1", "y1", values=values)
    assert box.arguments == {"image_size": [1, 1]}
    assert box.warnings == ()


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (("x0", "y0", "x1"), VALUES),
        (("x", "y", "width", "height"), VALUES),  # a corner or a middle: who knows
        (("x0", "y0", "face_x1", "face_y1"), VALUES),
        (("x0", "y0", "x1", "y1"), VALUES[::-1]),  # inside out
        (("x0", "y0", "x1", "y1"), (*VALUES[:3], ["a", "b", "a"])),
    ],
)
def test_anything_else_stays_as_it_was(names, values) -> None:
    found = guessed(*names, values=values)
    assert "box" not in {guess.head for guess in found}
    assert [guess.column for guess in found] == [*names, "n"]
