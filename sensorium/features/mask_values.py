"""The numbers in the pixels of label masks, which are names of classes, not colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.features.paths import Folder
from sensorium.features.pictures import ALPHA, Limits, loaded

UNLABELLED = -1
"""A pixel that nobody labelled."""

LARGEST = 65_535


def read_mask(cell: Any, folder: Folder, limits: Limits) -> np.ndarray | None:
    """The values of one mask.

    Args:
        cell: A path, the bytes of a picture's file, or an array or lists of shape
            `(height, width)` or `(height, width, 1)`.
        folder: Where paths begin.
        limits: What is read.

    Returns:
        Shape `(height, width)`, int32, -1 where a pixel has no label; `None` where the
        whole mask is missing.

    Raises:
        DataError: If the cell is no mask. The message does not name the column.
    """
    if cell is None or (isinstance(cell, str) and not cell):
        return None
    if isinstance(cell, str):
        return _of_file(folder.read(cell, limits.max_bytes), limits)
    if isinstance(cell, bytes):
        return _of_file(cell, limits)
    if isinstance(cell, np.ndarray | list | tuple):
        return _of_array(cell, limits)
    text = "expected a path, bytes or an array of a mask"
    raise DataError(sentence("", text, cell))


def resized(values: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """The nearest pixel for every place of another size: classes are never mixed.

    Args:
        values: Shape `(height, width)`.
        size: Height and width to bring it to.
    """
    if values.shape == tuple(size):
        return values
    # The middle of each new pixel, in whole numbers: the same on every machine.
    rows, columns = (
        (2 * np.arange(new) + 1) * old // (2 * new)
        for new, old in zip(size, values.shape, strict=True)
    )
    found: np.ndarray = values[rows[:, None], columns[None, :]]
    return found


def _of_file(data: bytes, limits: Limits) -> np.ndarray:
    """The numbers of a palette and not its colours; 0 and 255 where pixels are bits."""
    values, mode = loaded(data, limits)
    if values.dtype == np.bool_:
        return values.astype(np.int32) * 255
    if values.ndim == 3:
        values = _one_channel(values, mode)
    if values.dtype.kind not in "iu":
        text = "expected whole numbers in the pixels of a mask"
        raise DataError(sentence("", text, f"mode {mode}"))
    return _whole(values)


def _one_channel(values: np.ndarray, mode: str) -> np.ndarray:
    """Of several channels all colours must be equal, and nothing transparent."""
    colours = values
    if mode in ALPHA:
        colours = values[..., :-1]
        if (values[..., -1] != 255).any():
            text = "a mask has no transparent pixels"
            raise DataError(sentence("", text, f"mode {mode}", "Save it in greys."))
    if (colours != colours[..., :1]).any():
        text = "expected one number a pixel, but the mask has colours"
        fix = "Save it with a palette or in greys."
        raise DataError(sentence("", text, f"mode {mode}", fix))
    found: np.ndarray = colours[..., 0]
    return found


def _of_array(cell: Any, limits: Limits) -> np.ndarray | None:
    try:
        array = np.asarray(cell)
        array = array.astype(np.float64) if array.dtype == object else array
    except (TypeError, ValueError) as error:
        text = "expected a mask of whole numbers with rows of equal length"
        raise DataError(sentence("", text)) from error
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim != 2 or 0 in array.shape:
        text = "expected a mask of shape (height, width)"
        raise DataError(sentence("", text, f"shape {array.shape}"))
    if array.size > limits.max_pixels:
        text = f"the mask has more than {limits.max_pixels:,} pixels"
        raise DataError(sentence("", text, fix="Make it smaller."))
    if array.dtype == np.bool_:
        return array.astype(np.int32) * 255  # as in files of one bit a pixel
    if array.dtype.kind not in "fiu":
        text = "expected a mask of whole numbers"
        raise DataError(sentence("", text, f"values of type {array.dtype}"))
    missing = np.isnan(array) if array.dtype.kind == "f" else array == UNLABELLED
    return None if missing.all() else _whole(np.where(missing, UNLABELLED, array))


def _whole(array: np.ndarray) -> np.ndarray:
    low, high = array.min(), array.max()
    if low < UNLABELLED or high > LARGEST:
        text = f"expected pixels in 0..{LARGEST}, or -1 where there is no label"
        raise DataError(sentence("", text, f"{low:g}..{high:g}"))
    values = array.astype(np.int32)
    if (values != array).any():
        odd = float(array[values != array][0])
        text = "expected whole numbers, which say the class of each pixel"
        raise DataError(sentence("", text, odd, "Round them."))
    return values
