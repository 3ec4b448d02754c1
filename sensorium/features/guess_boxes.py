"""Whether a column holds boxes to predict: four numbers that are corners."""

from __future__ import annotations

import numpy as np

from sensorium.errors import DataError
from sensorium.features.base import Column, Reading
from sensorium.features.guess_names import words
from sensorium.features.rows import matrix

_NAMES = frozenset({"box", "boxes", "bbox", "bboxes", "rect", "rectangle", "roi"})


def guess_box(name: str, column: Column) -> str | None:
    """Why a column seems to hold boxes, or `None` if it does not.

    Args:
        name: Its name, which must say so: four numbers may be anything.
        column: Lists of four numbers, or an array `(rows, 4)`.
    """
    if isinstance(column, np.ndarray):
        nested = column.ndim == 2
    else:
        nested = column.dtype.is_nested()
    if not nested or not _NAMES.intersection(words(name)):
        return None
    try:
        boxes, faults = matrix(column, name, Reading())
    except DataError:
        return None
    known = boxes[~np.isnan(boxes).any(axis=1)]
    if boxes.shape[1] != 4 or faults or not len(known):
        return None
    if (known[:, 2:] < known[:, :2]).any():
        return None
    return "four numbers in each row, the last two never below the first two: corners"
