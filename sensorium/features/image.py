"""Images: files, bytes or arrays as pixels of one size."""

from __future__ import annotations

import copy
import io
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.features.base import (
    Columns,
    Encoded,
    Feature,
    Reading,
    State,
    pick,
    source_names,
    where,
)
from sensorium.features.paths import Folder
from sensorium.features.picture_cells import each_row, picture_cells
from sensorium.features.pictures import (
    FORMATS,
    Header,
    Limits,
    decode,
    quiet,
    read_header,
)
from sensorium.features.pixels import (
    as_pixels,
    fit_pixels,
    from_raw,
    header_of,
)
from sensorium.features.sizes import Sizes
from sensorium.schema import EncoderArgument, Pair, Positive


class Image(Feature):
    """Pictures.

    `values` has shape `(rows, height, width, channels)`, uint8. A cell is one of

    - a path: a text, from the table's folder on, with `/` between its parts;
    - the bytes of a PNG, JPEG, WebP, BMP, GIF or TIFF file;
    - an array or lists of shape `(height, width)` or `(height, width, channels)` with
      whole numbers in 0..255 or floats in [0, 1];
    - raw bytes, one a channel, if `raw` tells their shape.

    Null, the empty text and an array of nothing but NaN are missing.

    Pictures are turned as their EXIF data say, stretched to the size, and of animated
    ones the first frame is taken; `sensorium.features.pictures.finish` tells how each
    kind of pixel is read. Transparent parts are laid on white.

    A picture that is damaged, cut off, too large, of another format, missing, or
    outside the table's folder is an error of its row, never a blank picture. Paths are
    refused where they are URLs or absolute, have `..` in them, or lead out by a link;
    only plain files are opened.

    `fit` reads headers only; it learns nothing but the size and the channels, and
    merging is exact.

    Args:
        size: Height and width; if left out, the median of the training pictures, shrunk
            to at most 128 pixels on the longer side.
        columns: Source column; the input's own name if left out.
        encoder: What turns pixels into a vector; the default one if left out.
        channels: 1 = grey, 3 = colours, 4 = colours on white and opacity. If left out:
            4 if at least half of the training pictures can be transparent (as drawings
            are whose shape is their opacity), 1 if all are grey and opaque, else 3.
        raw: Height and width of cells that hold raw pixels, one byte a channel.
        max_pixels: Larger pictures are refused before they are decoded.
        formats: The file formats that are read; all six if left out.
    """

    kind = "image"

    sizes_: Sizes
    size_: tuple[int, int]
    channels_: int

    def __init__(
        self,
        size: Pair | None = None,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        channels: Literal[1, 3, 4] | None = None,
        raw: Pair | None = None,
        max_pixels: Positive = 25_000_000,
        formats: Sequence[Literal["png", "jpeg", "webp", "bmp", "gif", "tiff"]]
        | None = None,
    ) -> None:
        self.size = size
        self.columns = columns
        self.encoder = encoder
        self.channels = channels
        self.raw = raw
        self.max_pixels = max_pixels
        self.formats = formats

    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Learns the size and the channels; counts what cannot be read.

        Raises:
            DataError: If the column's type cannot be pictures, or there is more than
                one column.
        """
        fitted = copy.copy(self)
        fitted.names_ = source_names(self, columns)
        if len(fitted.names_) != 1:
            text = "an image is read from one column"
            fix = "Make an input of each."
            raise DataError(sentence("", text, list(fitted.names_), fix))
        headers: list[Header] = []
        unreadable = 0
        cells = fitted._cells(columns, reading)
        with Folder(reading.folder) as folder, quiet():
            for row in range(len(cells)):
                try:
                    header = self._header(cells[row], folder)
                except DataError:
                    unreadable += 1
                else:
                    headers += [header] if header else []
        return fitted._learnt(Sizes.of(headers, unreadable))

    def merge(self, other: Self) -> Self:
        """Adds what both have counted."""
        self.require_same(other)
        if not (hasattr(self, "sizes_") and hasattr(other, "sizes_")):
            text = "a restored image feature cannot be merged"
            raise DataError(sentence("", text, fix="Fit again on the rows of both."))
        return copy.copy(self)._learnt(self.sizes_.merge(other.sizes_))

    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Reads, decodes and resizes each row's picture once."""
        self.require_fitted()
        cells = self._cells(columns, reading)
        values = np.zeros((len(cells), *self.shape()), dtype=np.uint8)
        present = np.zeros(len(cells), dtype=np.bool_)
        errors: dict[int, str] = {}

        def read(row: int) -> None:
            try:
                picture = self._picture(cells[row], folder)
            except DataError as error:
                errors[row] = f"column `{self.names_[0]}`: {error}"
            else:
                if picture is not None:
                    values[row], present[row] = picture, True

        with Folder(reading.folder) as folder, quiet():
            each_row(read, len(cells))
        return Encoded(values, present, dict(sorted(errors.items())))

    def state(self) -> State:
        """The size and the channels."""
        self.require_fitted()
        names, size = list(self.names_), list(self.size_)
        return State({"names": names, "size": size, "channels": self.channels_})

    def restore(self, state: State) -> Self:
        """Returns a fitted copy with this state; it cannot be merged."""
        fitted = copy.copy(self)
        fitted.names_ = tuple(state.document["names"])
        height, width = state.document["size"]
        fitted.size_ = (int(height), int(width))
        fitted.channels_ = int(state.document["channels"])
        vars(fitted).pop("sizes_", None)
        return fitted

    def shape(self) -> tuple[int, ...]:
        """`(height, width, channels)`."""
        self.require_fitted()
        return (*self.size_, self.channels_)

    def encoder_arguments(self) -> dict[str, Any]:
        """Nothing: `shape` says it all."""
        self.require_fitted()
        return {}

    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return hasattr(self, "size_")

    def _learnt(self, sizes: Sizes) -> Self:
        self.sizes_ = sizes
        height, width = self.size or sizes.size
        self.size_ = (height, width)
        self.channels_ = self.channels or sizes.channels
        return self

    def _cells(self, columns: Columns, reading: Reading) -> Sequence[Any]:
        (column,) = pick(self, columns, reading)
        return picture_cells(column, where(reading, self.names_[0]))

    def _header(self, cell: Any, folder: Folder) -> Header | None:
        if isinstance(cell, str) and cell:
            with folder.open(cell) as file:
                return read_header(file, self._limits)
        if isinstance(cell, bytes) and self.raw is None:
            return read_header(io.BytesIO(cell), self._limits)
        pixels = self._pixels(cell)
        return None if pixels is None else header_of(pixels)

    def _picture(self, cell: Any, folder: Folder) -> np.ndarray | None:
        if isinstance(cell, str) and cell:
            data = folder.read(cell, self._limits.max_bytes)
            return decode(data, self.size_, self.channels_, self._limits)
        if isinstance(cell, bytes) and self.raw is None:
            return decode(cell, self.size_, self.channels_, self._limits)
        pixels = self._pixels(cell)
        if pixels is None:
            return None
        return fit_pixels(pixels, self.size_, self.channels_, self._limits)

    def _pixels(self, cell: Any) -> np.ndarray | None:
        """The pixels of a cell that is no file; `None` where it is missing."""
        if cell is None or (isinstance(cell, str) and not cell):
            return None
        if isinstance(cell, bytes):
            return from_raw(cell, self.raw or (0, 0))
        if isinstance(cell, np.ndarray | list | tuple):
            return as_pixels(cell)
        text = "expected a path, bytes or an array of a picture"
        raise DataError(sentence("", text, cell))

    @property
    def _limits(self) -> Limits:
        return Limits(self.max_pixels, tuple(self.formats or FORMATS))
