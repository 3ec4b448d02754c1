"""Targets that hold masks."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image as Pillow

from sensorium.features.guess_masks import guess_mask
from sensorium.features.guess_targets import guess_target


def png(pixels: object) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(np.asarray(pixels, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


PAIR = png([[0, 255], [255, 0]])
NOISE = np.random.default_rng(0).integers(0, 256, (30, 30))


def test_paths_to_masks_are_segmentation(tmp_path: Path) -> None:
    for at in range(3):
        (tmp_path / f"{at}.png").write_bytes(PAIR)
    guess = guess_target(
        "m", pl.Series([f"{at}.png" for at in range(3)]), "t", tmp_path
    )
    assert guess.head == "segmentation"
    assert guess.reason == "pictures such as '0.png', whose pixels are classes: 0, 255"


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([PAIR, None, PAIR]),
        np.array([[[0, 1], [2, 0]]] * 3),
        pl.Series([[[0, 1], [2, 0]]] * 3),
    ],
    ids=["bytes", "array", "lists"],
)
def test_bytes_and_arrays_are_masks_too(column) -> None:
    assert "whose pixels are classes: 0, " in guess_mask(column, None)


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([png(NOISE)] * 3),  # too many values: a picture
        pl.Series([png(np.dstack([NOISE, NOISE, NOISE.T]))]),  # colours
        pl.Series([png([[0, 0]])] * 2),  # one value
        pl.Series([PAIR, b"x", b"y"]),  # mostly unreadable
        pl.Series(["a.png", "b.png"]),  # no folder is known
        pl.Series(["red", "blue"]),
        pl.Series([1, 2]),
        pl.Series([], dtype=pl.Binary),
        np.zeros((3, 4)),
    ],
    ids=str,
)
def test_other_columns_are_none(column) -> None:
    assert guess_mask(column, None) == ""
