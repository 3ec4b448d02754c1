"""Images between bytes and numbers, and many of them in one picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from keras import ops
from PIL import Image

from sensorium.errors import DataError, sentence
from sensorium.run.files import PathLike, write_bytes

_GAP = 2
_SEEN = 56


def as_numbers(images: Any) -> Any:
    """Bytes 0 to 255 as numbers in [-1, 1], as a tensor."""
    return ops.cast(images, "float32") / 127.5 - 1.0


def as_bytes(images: Any) -> np.ndarray:
    """Numbers in [-1, 1] as bytes 0 to 255; what lies outside is cut off."""
    values = np.asarray(images, "float32")
    return np.clip(np.round((values + 1.0) * 127.5), 0, 255).astype("uint8")


def checked(images: Any, shape: Sequence[int]) -> np.ndarray:
    """Images as `(rows, height, width, channels)`.

    Args:
        images: Bytes `(rows, height, width)` or `(rows, height, width, channels)`.
        shape: Height, width and channels that they must have.

    Raises:
        DataError: If they are no such images.
    """
    array = np.asarray(images)
    if array.dtype != np.uint8:
        fix = "Give bytes from 0 to 255: `(images * 255).round().astype('uint8')` if "
        fix += "they are numbers from 0 to 1."
        text = "expected images of type uint8"
        raise DataError(sentence("images", text, array.dtype.name, fix))
    if array.ndim == 3:
        array = array[..., None]
    if array.shape[1:] != tuple(shape) or not len(array):
        text = f"expected rows of shape {tuple(shape)}"
        fix = "Resize them, or make the game for their own shape."
        raise DataError(sentence("images", text, array.shape, fix))
    return array


def grid(images: np.ndarray, columns: int) -> np.ndarray:
    """One picture of images side by side, `(height, width, channels)`.

    Args:
        images: Bytes, `(rows, height, width, channels)`.
        columns: How many stand in a line.
    """
    count, height, width, channels = images.shape
    lines = -(-count // columns)
    size = (lines * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, channels)
    picture = np.full(size, 255, "uint8")
    for place, image in enumerate(images):
        line, column = divmod(place, columns)
        top, left = _GAP + line * (height + _GAP), _GAP + column * (width + _GAP)
        picture[top : top + height, left : left + width] = image
    return picture


def save_png(path: PathLike, picture: np.ndarray, side: int) -> None:
    """Writes a picture of small images, each pixel so large that one sees something.

    Folders on the way are made.

    Args:
        path: The file, whose name ends in `.png`.
        picture: Bytes, `(height, width, channels)`, of 1 (grey), 3 or 4 channels.
        side: Height of a small image.

    Raises:
        DataError: If it is no PNG, or has other channels.
    """
    if not str(path).lower().endswith(".png"):
        raise DataError(sentence("save_grid", "expected a name with `.png`", str(path)))
    if picture.shape[2] not in (1, 3, 4):
        text = "a picture has 1, 3 or 4 channels"
        raise DataError(sentence("save_grid", text, picture.shape[2]))
    scale = max(1, _SEEN // side)
    large = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    held = io.BytesIO()
    flat = large[..., 0] if large.shape[2] == 1 else large
    Image.fromarray(flat).save(held, "PNG")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, held.getvalue())
