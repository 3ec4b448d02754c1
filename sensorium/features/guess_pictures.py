"""Guesses for what lies in files or bytes: pictures, arrays, addresses of them."""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path, PurePosixPath

import numpy as np
import polars as pl
from PIL import Image, UnidentifiedImageError

from sensorium.features.guess_profile import (
    SMOOTH,
    Guess,
    Profile,
    left_out,
    share,
    shown,
    smoothness,
)

_SAMPLE = 200
_SIDE = 64
"""Longest side of a proposed size: larger pictures train slowly on a CPU."""

_MAGIC = {
    "PNG": b"\x89PNG\r\n\x1a\n",
    "JPEG": b"\xff\xd8\xff",
    "GIF": b"GIF8",
    "BMP": b"BM",
    "TIFF": b"II*\x00",
    "TIFF (big-endian)": b"MM\x00*",
}
_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
_OTHER = {".wav", ".mp3", ".flac", ".ogg", ".mp4", ".avi", ".mov", ".pdf", ".txt"}


def guess_bytes(found: Profile) -> Guess:
    """Guesses what a column of bytes means.

    Args:
        found: The column; it has at least one value.
    """
    cells = spread(found.present).to_list()
    names = [_format(cell) for cell in cells]
    pictures = len(names) - names.count("")
    if pictures < 0.5 * len(names):
        return _raw(found, cells)
    name = max(sorted({*names} - {""}), key=names.count)
    reason = f"{name} pictures ({found.num_present:,} rows)"
    guess = Guess(found.name, "image", {}, reason)
    sizes = [_size(io.BytesIO(cell)) for cell in cells]
    guess = sized(guess, [size for size in sizes if size])
    odd = len(sizes) - sum(size is not None for size in sizes)
    return guess.warned(f"{odd} of {len(cells)} are no pictures") if odd else guess


def guess_paths(found: Profile, folder: Path | None) -> Guess | None:
    """Guesses what a column of paths means; `None` when it holds none.

    Args:
        found: A column of texts.
        folder: Where relative paths start.
    """
    endings = found.present.str.extract(r"(\.[A-Za-z0-9]{2,4})$").str.to_lowercase()
    if endings.null_count() > 0.05 * found.num_present:
        return None
    known = {*endings.drop_nulls().unique().to_list()}
    if known <= _PICTURES or known <= {".npy"}:
        return _files(found, folder, "image" if known <= _PICTURES else "signal")
    if known <= _OTHER | _PICTURES | {".npy"}:
        reason = f"files such as {shown(found.present[0])}: no feature reads them"
        return left_out(found.name, "unreadable", reason)
    return None


def sized(guess: Guess, sizes: list[tuple[int, int]]) -> Guess:
    """Adds the pictures' usual size, at most 64 pixels on the longer side.

    Args:
        guess: A guess of kind `image`.
        sizes: Height and width of some pictures.
    """
    if not sizes:
        return guess
    height, width = (int(side) for side in np.median(np.array(sizes), axis=0))
    text = f"{guess.reason}, about {height} x {width} pixels"
    scale = min(1.0, _SIDE / max(height, width))
    size = [max(1, round(height * scale)), max(1, round(width * scale))]
    if scale < 1:
        text += "; read smaller to train fast"
    return Guess(guess.column, "image", {"size": size}, text, guess.warnings)


def spread(values: pl.Series) -> pl.Series:
    """Some values from all over a column, always the same ones."""
    step = max(1, len(values) // _SAMPLE)
    return values.gather_every(step).head(_SAMPLE)


def _format(cell: bytes) -> str:
    if cell[:4] == b"RIFF" and cell[8:12] == b"WEBP":
        return "WebP"
    starts = (name for name, start in _MAGIC.items() if cell.startswith(start))
    return next(starts, "")


def _size(source: io.BytesIO | Path) -> tuple[int, int] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of bombs
            with Image.open(source) as picture:  # reads the header only
                return picture.height, picture.width
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Warning):
        return None
    except Image.DecompressionBombError:
        return None


def _raw(found: Profile, cells: list[bytes]) -> Guess:
    lengths = {len(cell) for cell in cells}
    length = lengths.pop() if len(lengths) == 1 else 0
    for channels in (1, 3):
        side = math.isqrt(length // channels)
        if side >= 8 and side * side * channels == length:
            rows = np.frombuffer(b"".join(cells), np.uint8).reshape(len(cells), length)
            if smoothness(rows[:, ::channels]) >= SMOOTH:
                return _raw_pixels(found, length, side, channels)
    reason = f"bytes of no known kind, such as {shown(cells[0])}"
    return left_out(found.name, "unreadable", reason)


def _raw_pixels(found: Profile, length: int, side: int, channels: int) -> Guess:
    size = [side, side]
    reason = (
        f"{length:,} bytes in every row, neighbours alike: raw pixels without a size"
    )
    guess = Guess(found.name, "image", {"size": size, "raw": size}, reason)
    colours = "grey" if channels == 1 else "colours"
    return guess.warned(f"a square of {side} x {side} in {colours} is only a guess")


def _files(found: Profile, folder: Path | None, kind: str) -> Guess:
    cells = spread(found.present).to_list()
    paths = [_beneath(folder, cell) for cell in cells]
    there = [path for path in paths if path is not None]
    what = "pictures" if kind == "image" else "arrays"
    if len(there) < 0.5 * len(cells):
        base = "the table's folder" if folder else "a folder (none is known)"
        lost = f"{len(cells) - len(there)} of {len(cells)}"
        reason = f"paths to {what}, but {lost} are no files under {base}, such as "
        return left_out(found.name, "unreadable", reason + shown(cells[0]), kind)
    reason = f"paths to {what}, such as {shown(cells[0])}"
    guess = Guess(found.name, kind, {}, reason)
    if kind == "image":
        sizes = [_size(path) for path in there[:50]]
        guess = sized(guess, [size for size in sizes if size])
    absent = len(cells) - len(there)
    text = f"{share(absent, len(cells))} of the files looked for are missing"
    return guess.warned(text) if absent else guess


def _beneath(folder: Path | None, text: str) -> Path | None:
    """The file that a path names, if it lies under the folder."""
    relative = PurePosixPath(text.replace("\\", "/"))
    if folder is None or relative.is_absolute() or ".." in relative.parts:
        return None
    try:
        path = (folder / relative).resolve()
        inside = path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError):
        return None
    return path if inside else None
