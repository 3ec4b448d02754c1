"""Boxes: where one thing is in a picture, as four numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import polars as pl

from sensorium.errors import DataError, sentence
from sensorium.features.base import Columns, Encoded, Reading
from sensorium.features.moments import Moments
from sensorium.features.parse import Fault
from sensorium.features.rows import Read
from sensorium.features.vector import Vector
from sensorium.schema import EncoderArgument, Pair

ENDS = {
    "corners": ("x0", "y0", "x1", "y1"),
    "center_size": ("x", "y", "width", "height"),
}
"""What the four numbers of each form are; columns of predictions end so."""

_LAST = {
    "corners": "expected x1 not below x0 and y1 not below y0",
    "center_size": "expected a width and a height from 0",
}


class Box(Vector):
    """A box as four numbers, in any units: pixels, or shares of the picture.

    It comes as four columns, as a column of lists of four, or as an array `(rows, 4)`.
    A box that is inside out is refused by `fit` and an error of its row in `encode`. A
    row that lacks any of the four is absent.

    As an input it is a `vector` of four numbers. As a target: float32 `(rows, 4)` as
    they stand, all NaN where absent.

    Args:
        columns: Source columns; the input's own name if left out.
        encoder: What turns the numbers into a vector; the default one if left out.
        scale: As in `vector`; labels are never scaled here.
        form: `corners` (x0, y0, x1, y1) or `center_size` (middle x, middle y, width,
            height).
        image_size: Height and width of the pictures in the boxes' units; `corners`
            divides by them.
    """

    kind = "box"
    is_target = True

    def __init__(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        scale: Literal["standard", "none"] = "standard",
        form: Literal["corners", "center_size"] = "corners",
        image_size: Pair | None = None,
    ) -> None:
        super().__init__(columns, encoder=encoder, scale=scale)
        self.form = form
        self.image_size = image_size

    def encode_target(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Gives the boxes as they stand, float32 `(rows, 4)`; NaN where absent."""
        self.shape()
        raw, errors = self._raw(columns, reading)
        absent = np.isnan(raw).any(axis=1)
        absent[list(errors)] = True
        values = raw.astype(np.float32)
        values[absent] = np.nan
        return Encoded(values, ~absent, errors)

    def decode(self, values: np.ndarray) -> pl.Series:
        """Gives boxes `(rows, 4)` as arrays of float64 in their form."""
        boxes = np.asarray(values, dtype=np.float64).reshape(-1, 4)
        name = getattr(self, "names_", ("",))[0]
        return pl.Series(name, boxes, dtype=pl.Array(pl.Float64, 4))

    def ends(self) -> tuple[str, ...]:
        """What the four numbers are called."""
        return ENDS[self.form]

    def corners(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes `(rows, 4)` as corners x0, y0, x1, y1, by `image_size` if it is known.

        Args:
            boxes: In this feature's form.
        """
        first, second = boxes[:, :2], boxes[:, 2:]
        if self.form == "center_size":
            first, second = first - second / 2, first + second / 2
        height, width = self.image_size or (1, 1)
        return np.concatenate([first, second], axis=1) / [width, height, width, height]

    def target_statistics(self) -> dict[str, list[float]]:
        """Mean `middle` and `size` of the training boxes, and their `scale`, x first.

        The scale is the root of the mean of the variances of both corners.

        Raises:
            DataError: If the training rows hold no box.
        """
        self.shape()
        moments = self._whole
        if moments.count.min() == 0:
            text = f"column `{self.names_[0]}` has no box in the training rows"
            raise DataError(sentence("", text, fix="Choose another target."))
        first, second = np.split(moments.mean, 2)
        spread, other = np.split(moments.deviation**2, 2)
        if self.form == "corners":
            middle, size, square = (first + second) / 2, second - first, spread + other
        else:  # var(c - w/2) + var(c + w/2) = 2 var(c) + var(w)/2
            middle, size, square = first, second, 2 * spread + other / 2
        found = {"middle": middle, "size": size, "scale": np.sqrt(square / 2)}
        return {name: values.tolist() for name, values in found.items()}

    def _read(
        self,
        columns: Columns,
        names: Sequence[str],
        reading: Reading,
        widths: Sequence[int | None],
    ) -> list[Read]:
        read = super()._read(columns, names, reading, widths)
        whole = np.concatenate([values for values, _ in read], axis=1)
        if whole.shape[1] != 4:
            return read
        inside_out = np.flatnonzero(self._inside_out(whole)).tolist()
        found = {
            row: Fault(_LAST[self.form], whole[row].tolist()) for row in inside_out
        }
        known = ~np.isnan(whole).any(axis=1, keepdims=True)
        whole_boxes = [(np.where(known, v, np.nan), faults) for v, faults in read]
        values, faults = whole_boxes[-1]
        return [*whole_boxes[:-1], (values, {**faults, **found})]

    def _inside_out(self, boxes: np.ndarray) -> Any:
        first, second = boxes[:, :2], boxes[:, 2:]
        wrong = second < (first if self.form == "corners" else 0.0)
        return wrong.any(axis=1)

    def _with(self, names: tuple[str, ...], parts: tuple[Moments, ...]) -> Self:
        widths = [len(part.mean) for part in parts]
        if sum(widths) > 4 or (all(widths) and sum(widths) != 4):
            text = f"column `{names[0]}`: a box has four numbers"
            fix = "Name four columns, or one of lists of four."
            raise DataError(sentence("", text, sum(widths), fix))
        fresh = super()._with(names, parts)
        fresh.form, fresh.image_size = self.form, self.image_size
        return fresh
