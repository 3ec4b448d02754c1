"""Predicted masks in files: PNG pictures, in the table or beside it."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import polars as pl
from PIL import Image


def is_masks(dtype: pl.DataType) -> bool:
    """Whether a column of predictions holds masks: an array of two axes a row."""
    return isinstance(dtype, pl.Array) and len(dtype.shape) == 2


def with_pictures(table: pl.DataFrame) -> pl.DataFrame:
    """The table with each mask as the bytes of a PNG file."""
    found = {
        name: pl.Series(name, [_png(cell) for cell in table[name]], dtype=pl.Binary)
        for name, dtype in table.schema.items()
        if is_masks(dtype)
    }
    return table.with_columns(**found)


def with_files(table: pl.DataFrame, target: Path) -> pl.DataFrame:
    """The table with each mask as the path of a PNG file, from the table's folder on.

    The files are written: row 12 of the output `mask` of `out.csv` becomes
    `out_masks/mask/000012.png`, counted from 0.

    Args:
        table: Predictions.
        target: The file that the table is written to.
    """
    folder = f"{target.stem}_masks"
    found = {}
    for name in [name for name, dtype in table.schema.items() if is_masks(dtype)]:
        # A name may hold anything, as `..`: not in a path.
        inside = f"{folder}/{re.sub(r'[^0-9A-Za-z_-]', '_', name)}"
        (target.parent / inside).mkdir(parents=True, exist_ok=True)
        paths: list[str | None] = []
        for row, cell in enumerate(table[name]):
            picture = _png(cell)
            paths.append(None if picture is None else f"{inside}/{row:06}.png")
            if picture is not None:
                (target.parent / str(paths[-1])).write_bytes(picture)
        found[name] = pl.Series(name, paths, dtype=pl.String)
    return table.with_columns(**found)


def _png(cell: Any) -> bytes | None:
    if cell is None:
        return None
    buffer = io.BytesIO()
    Image.fromarray(cell.to_numpy()).save(buffer, "PNG")
    return buffer.getvalue()
