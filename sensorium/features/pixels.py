"""Pictures that come as numbers: arrays, lists, and raw bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from sensorium.errors import DataError, sentence
from sensorium.features.pictures import Header, Limits, finish

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def as_pixels(cell: Any) -> np.ndarray | None:
    """Reads one picture given as an array or as lists.

    Whole numbers are taken as they are (0..255; unsigned 16-bit arrays are scaled),
    booleans as black and white, floats in [0, 1] are scaled to 0..255.

    Args:
        cell: Shape `(height, width)` or `(height, width, channels)`, with 1 (grey), 2
            (grey, opacity), 3 (red, green, blue) or 4 (these and opacity) channels.

    Returns:
        Shape `(height, width, channels)`, uint8; `None` if all is NaN, which stands for
        a missing picture.

    Raises:
        DataError: If the shape or the values are none of a picture.
    """
    try:
        array = np.asarray(cell)
    except ValueError as error:
        raise DataError("expected a picture, but its rows differ in length.") from error
    array = array[..., np.newaxis] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[2] not in _MODES or 0 in array.shape:
        text = "expected a picture of shape (height, width) or (height, width, 1 to 4)"
        raise DataError(sentence("", text, f"shape {np.shape(array)}"))
    if array.dtype.kind == "f" and np.isnan(array).all():
        return None
    return _bytes(array)


def from_raw(data: bytes, raw: Sequence[int]) -> np.ndarray:
    """Reads raw pixels, row by row, one byte a channel.

    Args:
        data: The bytes.
        raw: Height and width.

    Returns:
        Shape `(height, width, channels)`, uint8.

    Raises:
        DataError: If the number of bytes does not fit.
    """
    height, width = raw
    channels, rest = divmod(len(data), height * width)
    if rest or channels not in _MODES:
        text = f"expected {height} x {width} raw pixels of 1 to 4 bytes"
        raise DataError(sentence("", text, f"{len(data):,} bytes"))
    return np.frombuffer(data, np.uint8).reshape(height, width, channels)


def header_of(pixels: np.ndarray) -> Header:
    """What `read_header` says of a file, for an array."""
    height, width, channels = pixels.shape
    return Header(height, width, channels <= 2, channels in (2, 4))


def fit_pixels(
    pixels: np.ndarray, size: Sequence[int], channels: int, limits: Limits
) -> np.ndarray:
    """Brings an array to a size and to 1, 3 or 4 channels, as `finish` does.

    Args:
        pixels: As `as_pixels` gives it.
        size: Height and width.
        channels: 1, 3 or 4.
        limits: Larger pictures are refused.

    Raises:
        DataError: If the picture is too large.
    """
    height, width, given = pixels.shape
    if height * width > limits.max_pixels:
        text = f"the picture of {width:,} x {height:,} pixels is too large"
        raise DataError(
            sentence("", text, fix="Make it smaller or raise `max_pixels`.")
        )
    if (height, width) == tuple(size) and given == channels != 4:
        return pixels
    squeezed = pixels[..., 0] if given == 1 else pixels
    picture = Image.frombytes(
        _MODES[given], (width, height), np.ascontiguousarray(squeezed).tobytes()
    )
    return finish(picture, size, channels)


def _bytes(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.uint16:
        return ((array.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * 255
    if array.dtype.kind not in "fiu":
        text = "expected a picture of numbers"
        raise DataError(sentence("", text, f"values of type {array.dtype}"))
    whole = array.dtype.kind in "iu"
    most = 255 if whole else 1
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= most):
        text = f"expected pixels in {'0..255' if whole else '[0, 1] (floats)'}"
        raise DataError(sentence("", text, f"{low:g}..{high:g}", "Rescale them."))
    return array.astype(np.uint8) if whole else np.round(array * 255).astype(np.uint8)
