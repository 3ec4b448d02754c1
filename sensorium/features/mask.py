"""Label masks: a class for every pixel of a picture."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import polars as pl

from sensorium.errors import DataError, listing, sentence
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
from sensorium.features.mask_values import UNLABELLED, read_mask, resized
from sensorium.features.paths import Folder
from sensorium.features.picture_cells import each_row, picture_cells
from sensorium.features.pictures import FORMATS, Limits, quiet
from sensorium.features.pixels import header_of
from sensorium.features.sizes import Sizes
from sensorium.schema import Count, EncoderArgument, Pair, Positive

MOST_CLASSES = 64
"""Masks with more values than this are probably soft, or saved as JPEG."""


class Mask(Feature):
    """Masks that say the class of every pixel; a target only.

    A cell is a path, the bytes of a file, or an array of shape `(height, width)`, as
    for `Image`; JPEG files are refused, as they change the values of pixels. The values
    are taken as they are: the numbers of a palette, grey values, 16 bits too. Files of
    one bit and booleans have 0 and 255. In arrays -1 and NaN are pixels without a
    label. Null, the empty text and an array without any label are missing.

    Every value of the training masks is a class, 0, 1, ... in the order of the values;
    or `values` lists them, and then pixels of other values have no label. Otherwise a
    value that was not seen in training is an error of its row.

    Masks are brought to the size by the nearest pixel. In a recipe the size is that of
    the picture they belong to. `decode` gives the user's own values back.

    `encode_target` gives int16 `(rows, height, width)`: class ids, -1 for pixels
    without a label, and for all pixels of an absent mask. Merging is exact.

    Args:
        size: Height and width; if left out, the picture's, or by itself the median of
            the training masks.
        columns: Source column; the output's own name if left out.
        encoder: None: a mask is no input.
        values: The pixel values that are classes, in the order of their ids.
        image: In a recipe, the image input whose size it takes.
        max_pixels: Larger masks are refused before they are decoded.
        formats: The file formats that are read; all five if left out.
    """

    kind = "mask"
    is_target = True

    sizes_: Sizes
    size_: tuple[int, int]
    pixels_: Mapping[int, int]

    def __init__(
        self,
        size: Pair | None = None,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        values: Sequence[Count] | None = None,
        image: str | None = None,
        max_pixels: Positive = 25_000_000,
        formats: Sequence[Literal["png", "webp", "bmp", "gif", "tiff"]] | None = None,
    ) -> None:
        self.size = size
        self.columns = columns
        self.encoder = encoder
        self.values = values
        self.image = image
        self.max_pixels = max_pixels
        self.formats = formats

    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Counts the pixels of each value; masks that cannot be read are left out.

        Raises:
            DataError: If the column's type cannot be pictures, or there is more than
                one column.
        """
        names = source_names(self, columns)
        if len(names) != 1:
            fix = "Make an output of each."
            raise DataError(sentence("", "a mask is one column", list(names), fix))
        masks, errors = self.named(names[0])._read(columns, reading)
        found = [mask for mask in masks if mask is not None]
        sizes = Sizes.of([header_of(mask[..., None]) for mask in found], len(errors))
        return self._with(names, sizes, _counted(found))

    def merge(self, other: Self) -> Self:
        """Adds what both have counted."""
        self.require_same(other)
        if not (hasattr(self, "sizes_") and hasattr(other, "sizes_")):
            text = "a restored mask feature cannot be merged"
            raise DataError(sentence("", text, fix="Fit again on the rows of both."))
        pixels = _added([*self.pixels_.items(), *other.pixels_.items()])
        return self._with(self.names_, self.sizes_.merge(other.sizes_), pixels)

    def sized(self, size: Sequence[int]) -> Self:
        """A fitted copy that brings masks to this height and width."""
        self.require_fitted()
        found = copy.copy(self)
        found.size_ = (int(size[0]), int(size[1]))
        return found

    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """As `encode_target`, with zeros where a mask is absent."""
        found = self.encode_target(columns, reading)
        found.values[~found.present] = 0
        return found

    def encode_target(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Gives class ids, int16 `(rows, height, width)`; -1 where there is no label.

        Raises:
            DataError: If the training masks have fewer than two values, or too many.
        """
        self.require_target()
        masks, errors = self._read(columns, reading)
        values = np.full((len(masks), *self.size_), UNLABELLED, np.int16)
        for row, mask in enumerate(masks):
            if mask is None:
                continue
            ids, unseen = self._ids(resized(mask, self.size_))
            if unseen is None:
                values[row] = ids
            else:
                errors[row] = self._unseen(unseen)
        present = np.asarray((values >= 0).any(axis=(1, 2)))
        return Encoded(values, present, dict(sorted(errors.items())))

    def decode(self, values: np.ndarray) -> pl.Series:
        """Gives the user's pixel values of class ids; null for -1.

        Args:
            values: Class ids, shape `(rows, height, width)`.

        Returns:
            A Polars series of arrays `(height, width)`.
        """
        self.require_target()
        ids = np.asarray(values).astype(np.int64)
        if ids.ndim != 3 or (ids.size and ids.max() >= len(self.classes_)):
            text = f"expected ids (rows, height, width) below {len(self.classes_)}"
            raise DataError(sentence("", text, f"shape {ids.shape}"))
        dtype = np.uint8 if max(self.classes_) < 256 else np.uint16
        pixels = np.asarray([*self.classes_, 0], dtype)[ids]
        # A table without rows has no shape that Polars could see.
        inner = pl.UInt8 if dtype == np.uint8 else pl.UInt16
        whole = pl.Array(inner, ids.shape[1:])
        if not len(ids):
            return pl.Series(self.names_[0], [], dtype=whole)
        if (ids >= 0).all():
            return pl.Series(self.names_[0], pixels, dtype=whole)
        flat = pl.Series(self.names_[0], pixels.reshape(-1))
        flat = flat.set(pl.Series((ids < 0).reshape(-1)), None)
        return flat.reshape(ids.shape)

    @functools.cached_property
    def classes_(self) -> list[int]:
        """The pixel value of each class, in the order of their ids."""
        return [int(value) for value in self.values or sorted(self.pixels_)]

    @functools.cached_property
    def counts_(self) -> np.ndarray:
        """How many pixels of the training masks each class has, int64."""
        return np.array([self.pixels_.get(v, 0) for v in self.classes_], np.int64)

    @property
    def background_(self) -> int | None:
        """The id of the pixel value 0, which is no object; `None` if no class has it.

        As everywhere where masks are drawn: Pascal VOC, COCO, 0 and 255.
        """
        return self.classes_.index(0) if 0 in self.classes_ else None

    def require_target(self) -> None:
        """Raises `DataError` unless this feature can be predicted."""
        self.require_fitted()
        place, seen = f"column `{self.names_[0]}`", sorted(self.pixels_)
        shown = listing([str(value) for value in seen], 8) or "none"
        lost = [str(v) for v in self.values or () if v not in self.pixels_]
        if lost and seen:
            text = f"no training mask has pixels of the value {listing(lost)}"
            raise DataError(sentence(place, f"{text}; they have {shown}"))
        if len(self.classes_) < 2:
            text = f"a mask needs pixels of two values at least; there are: {shown}"
            raise DataError(sentence(place, text))
        if len(self.classes_) > MOST_CLASSES and self.values is None:
            text = f"the masks have {len(seen):,} values of pixels ({shown})"
            fix = "Soft or lossy masks? Save whole class numbers, or list the classes "
            raise DataError(sentence(place, text, fix=f"{fix}under `values`."))

    def state(self) -> State:
        """The size, and the values with their numbers of pixels."""
        self.require_fitted()
        counted = sorted(self.pixels_.items())
        document = {"names": list(self.names_), "size": list(self.size_)}
        return State(document, {"pixels": np.array(counted, np.int64).reshape(-1, 2)})

    def restore(self, state: State) -> Self:
        """Returns a fitted copy with this state; it cannot be merged."""
        pixels = {int(v): int(n) for v, n in state.arrays["pixels"].tolist()}
        fitted = self._with(tuple(state.document["names"]), Sizes(), pixels)
        height, width = state.document["size"]
        fitted.size_ = (int(height), int(width))
        vars(fitted).pop("sizes_")
        return fitted

    def shape(self) -> tuple[int, ...]:
        """`(height, width)`."""
        self.require_fitted()
        return self.size_

    def encoder_arguments(self) -> dict[str, Any]:
        """Nothing: a mask is no input."""
        self.require_fitted()
        return {}

    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return hasattr(self, "pixels_")

    def _with(
        self, names: Sequence[str], sizes: Sizes, pixels: Mapping[int, int]
    ) -> Self:
        # Made anew, so that nothing cached from another fit comes along.
        fresh = copy.copy(self)
        for cached in ("classes_", "counts_"):
            vars(fresh).pop(cached, None)
        fresh.names_ = tuple(names)
        fresh.sizes_ = sizes
        height, width = self.size or sizes.size
        fresh.size_ = (height, width)
        fresh.pixels_ = pixels
        return fresh

    def _read(
        self, columns: Columns, reading: Reading
    ) -> tuple[list[np.ndarray | None], dict[int, str]]:
        """The values of each row's mask, and why some could not be read."""
        (column,) = pick(self, columns, reading)
        cells = picture_cells(column, where(reading, self.names_[0]))
        found: list[np.ndarray | None] = [None] * len(cells)
        errors: dict[int, str] = {}
        formats = [name for name in FORMATS if name != "jpeg"]
        limits = Limits(self.max_pixels, tuple(self.formats or formats))

        def read(row: int) -> None:
            try:
                found[row] = read_mask(cells[row], folder, limits)
            except DataError as error:
                errors[row] = f"column `{self.names_[0]}`: {error}"

        with Folder(reading.folder) as folder, quiet():
            each_row(read, len(cells))
        return found, errors

    def _ids(self, mask: np.ndarray) -> tuple[np.ndarray, int | None]:
        """Class ids of pixel values, and a value that nobody knows, if there is one."""
        table = np.full(max(self.classes_) + 1, UNLABELLED, np.int16)
        table[self.classes_] = np.arange(len(self.classes_))
        inside = (mask >= 0) & (mask < len(table))
        ids = np.where(inside, table[np.where(inside, mask, 0)], np.int16(UNLABELLED))
        strange = (ids < 0) & (mask >= 0)
        if self.values is None and strange.any():
            return ids, int(mask[strange][0])
        return ids, None

    def _unseen(self, value: int) -> str:
        known = listing([str(v) for v in self.classes_], 8)
        text = "expected pixel values that were seen in training"
        return sentence(f"column `{self.names_[0]}`", text, value, f"Known: {known}.")


def _counted(masks: Iterable[np.ndarray]) -> dict[int, int]:
    pairs: list[tuple[int, int]] = []
    for mask in masks:
        values, counts = np.unique(mask[mask >= 0], return_counts=True)
        pairs += zip(values.tolist(), counts.tolist(), strict=True)
    return _added(pairs)


def _added(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    total: dict[int, int] = {}
    for value, count in pairs:
        total[value] = total.get(value, 0) + count
    return total
