"""Numbers in the pixels of masks, however they are stored."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from sensorium.errors import DataError
from sensorium.features.mask_values import read_mask, resized
from sensorium.features.paths import Folder
from sensorium.features.pictures import Limits

LIMITS = Limits()
IDS = np.array([[0, 1, 2], [3, 1, 0]], np.uint8)


def file_of(picture: Pillow.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def read(cell: object, limits: Limits = LIMITS) -> np.ndarray | None:
    return read_mask(cell, Folder(None), limits)


def palette() -> bytes:
    picture = Pillow.fromarray(IDS, "L").convert("P")
    picture.putdata(IDS.reshape(-1).tolist())
    picture.putpalette([255, 0, 0, 255, 0, 0, 9, 9, 9, 1, 2, 3])
    return file_of(picture)


@pytest.mark.parametrize(
    "cell",
    [
        IDS,
        IDS[..., None],
        IDS.tolist(),
        IDS.astype(np.float32),
        palette(),
        file_of(Pillow.fromarray(IDS)),
        file_of(Pillow.fromarray(IDS), "BMP"),
        file_of(Pillow.fromarray(IDS).convert("RGB")),
        file_of(Pillow.fromarray(IDS).convert("LA")),
        file_of(Pillow.fromarray(IDS.astype(np.uint16))),
    ],
    ids=str,
)
def test_numbers_are_taken_as_they_are(cell) -> None:
    found = read(cell)
    assert found.dtype == np.int32
    assert found.tolist() == IDS.tolist()


def test_bits_and_booleans_are_0_and_255() -> None:
    bits = np.array([[True, False], [False, True]])
    assert read(bits).tolist() == [[255, 0], [0, 255]]
    assert read(file_of(Pillow.fromarray(bits))).tolist() == [[255, 0], [0, 255]]


def test_sixteen_bits_are_not_scaled() -> None:
    large = np.array([[1000, 65_535]], np.uint16)
    assert read(file_of(Pillow.fromarray(large))).tolist() == [[1000, 65_535]]


def test_missing_masks_and_pixels_without_label() -> None:
    assert read(None) is None
    assert read("") is None
    assert read(np.full((2, 2), np.nan)) is None
    assert read(np.full((2, 2), -1)) is None
    assert read(np.array([[np.nan, 3.0]])).tolist() == [[-1, 3]]
    assert read([[-1, 3]]).tolist() == [[-1, 3]]
    assert read([[None, 3]]).tolist() == [[-1, 3]]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ([[0.5, 1]], "expected whole numbers, which say the class of each pixel"),
        ([[1], [1, 2]], "rows of equal length"),
        (np.zeros((2, 2, 3)), r"expected a mask of shape \(height, width\)"),
        (np.zeros((0, 2)), r"expected a mask of shape \(height, width\)"),
        (np.array([[-2]]), "expected pixels in 0..65535"),
        (np.array([[70_000]]), "expected pixels in 0..65535"),
        (np.array([["a"]]), "expected a mask of whole numbers"),
        (3, "expected a path, bytes or an array of a mask"),
        (b"text", "expected a picture"),
        (palette()[:-20], "damaged"),
        ("/etc/passwd", "paths cannot be read here"),
    ],
)
def test_what_is_no_mask_is_refused(cell, words) -> None:
    with pytest.raises(DataError, match=words):
        read(cell)


def test_colours_and_transparent_pixels_are_refused() -> None:
    colours = np.array([[[1, 2, 3]]], np.uint8)
    with pytest.raises(DataError, match="but the mask has colours"):
        read(file_of(Pillow.fromarray(colours)))
    clear = np.array([[[1, 1, 1, 0]]], np.uint8)
    with pytest.raises(DataError, match="no transparent pixels"):
        read(file_of(Pillow.fromarray(clear)))


def test_large_masks_are_refused_before_they_are_decoded() -> None:
    for cell in (file_of(Pillow.fromarray(IDS)), IDS):
        with pytest.raises(DataError, match=r"too large|more than 5 pixels"):
            read(cell, Limits(max_pixels=5))


def test_resizing_takes_the_nearest_pixel_and_mixes_none() -> None:
    values = np.arange(16).reshape(4, 4)
    assert resized(values, (2, 2)).tolist() == [[5, 7], [13, 15]]
    assert resized(values[:1, :2], (2, 4)).tolist() == [[0, 0, 1, 1]] * 2
    assert resized(values, (4, 4)) is values
    assert resized(values, (1, 3)).tolist() == [[8, 10, 11]]
