"""Guesses whether a target holds masks: pictures whose pixels are classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sensorium.errors import DataError, listing
from sensorium.features.base import Column
from sensorium.features.guess_profile import shown
from sensorium.features.mask import MOST_CLASSES
from sensorium.features.mask_values import read_mask
from sensorium.features.paths import Folder
from sensorium.features.picture_cells import picture_cells
from sensorium.features.pictures import FORMATS, Limits, quiet

_CELLS = 24
_ENOUGH = 0.5
_ENDINGS = (".png", ".bmp", ".gif", ".tif", ".tiff", ".webp")


def guess_mask(column: Column, folder: Path | None) -> str:
    """Says why a column seems to hold masks; empty where it does not.

    Some masks from all over the column are read: half of them at least must be
    pictures of one channel, and together have 2 to 64 values of pixels.

    Args:
        column: The column, all its rows or a sample.
        folder: Where relative paths start; `None` if paths cannot be read.
    """
    cells = _some(column)
    masks = _read(cells, folder)
    if not masks or len(masks) < _ENOUGH * len(cells):
        return ""
    values = np.unique(np.concatenate([mask[mask >= 0] for mask in masks]))
    if not 2 <= len(values) <= MOST_CLASSES:
        return ""
    what = "arrays" if isinstance(cells[0], np.ndarray | list) else "pictures"
    example = f" such as {shown(cells[0])}" if isinstance(cells[0], str) else ""
    known = listing([str(value) for value in values.tolist()], 6)
    return f"{what}{example}, whose pixels are classes: {known}"


def _some(column: Column) -> Sequence[Any]:
    """Some cells, if the column can hold masks at all."""
    if isinstance(column, pl.Series):
        column = column.drop_nulls()
        if column.dtype == pl.String:
            ends = column.head(_CELLS).str.to_lowercase()
            if not all(text.endswith(_ENDINGS) for text in ends):
                return []
        elif column.dtype not in (pl.Binary, pl.List, pl.Array):
            return []
    elif column.ndim < 3:
        return []
    places = np.linspace(0, max(len(column) - 1, 0), min(len(column), _CELLS))
    try:
        cells = picture_cells(column, "the column")
    except DataError:
        return []
    return [cells[int(place)] for place in places]


def _read(cells: Sequence[Any], folder: Path | None) -> list[np.ndarray]:
    limits = Limits(formats=tuple(name for name in FORMATS if name != "jpeg"))
    found = []
    with Folder(folder) as opened, quiet():
        for cell in cells:
            try:
                mask = read_mask(cell, opened, limits)
            except DataError:
                continue
            if mask is not None:
                found.append(mask)
    return found
