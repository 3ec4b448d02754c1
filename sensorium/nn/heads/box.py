"""`box`: where one thing is in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.nn.boxes import box_error, box_iou, overlap, to_corners
from sensorium.nn.heads.base import numbers
from sensorium.nn.heads.labelled import LabelledHead
from sensorium.nn.initializers import Constant
from sensorium.nn.places import Places
from sensorium.nn.present import PresentMetric, Target
from sensorium.schema.types import Pair, Positive, PositiveFloat

_SMALLEST = 1e-3  # a mean size, in scales: a size's start must be above zero


@keras.saving.register_keras_serializable("sensorium")
class Box(LabelledHead):
    """Predicts one box; labels and output have the user's form and units, `(rows, 4)`.

    A row with any NaN is an absent label. Inside, the head gives a middle, and a size
    through a softplus, so that a predicted box is never inside out. Both are scaled by
    how far the corners of the training boxes spread along each axis, and begin at the
    mean box, as `adapt` was told them.

    With an `image` the head also looks at the maps of that input's encoder, as a mask
    does: `Places` says how far each side is from the middle of the picture, and is
    added to the corners. A vector hardly tells places; a thing among others is found
    far better so. Where the image is absent its maps are zeros.

    - `smooth_l1`: of the corners, on that scale: quadratic up to `beta`, linear beyond
      (Girshick 2015, arXiv 1504.08083, equation 3, which has the middle and the log of
      the size; ours has corners), averaged over the four.
    - `giou`: `1 - GIoU` (Rezatofighi et al. 2019, arXiv 1902.09630); two boxes without
      area have the loss 1. It does not depend on units.
    - `sum`: both.

    Metrics are `iou`, and `mae`, the mean absolute error of the corners, relative to
    the picture where `image_size` is given.

    Args:
        form: What the four numbers are: `corners` (x0, y0, x1, y1) or `center_size`
            (middle x, middle y, width, height).
        loss: `sum`, `smooth_l1` or `giou`.
        image: An image input whose maps to look at; needs `image_size`.
        image_size: Height and width of the pictures in the boxes' units, to measure
            errors by; `None` leaves them in the boxes' units.
        filters: Channels of each stage that looks at maps, from the coarsest.
        beta: Where `smooth_l1` becomes linear, in scales.
        column: Four columns, or one of lists of four numbers, for a recipe; `None`
            stands for the output's name.
        **settings: Those of `LabelledHead`: `weight`, `dropout`, `column`,
            `sample_weight` and `reads`; and Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "box"

    def __init__(
        self,
        form: Literal["corners", "center_size"] = "corners",
        *,
        loss: Literal["sum", "smooth_l1", "giou"] = "sum",
        image: str | None = None,
        image_size: Pair | None = None,
        filters: Sequence[Positive] = (64, 32),
        beta: PositiveFloat = 0.1,
        column: str | Sequence[str] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.column: Any = column
        self.form = form
        self.loss = loss
        self.image = image
        self.image_size = image_size
        self.filters = filters
        self.beta = beta
        self.looks_at_maps = image is not None

    def width(self) -> int:
        """Four."""
        return 4

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, width)`.

        Raises:
            DataError: If it has an image, and no `image_size` or a late fusion.
        """
        super().build(input_shape)
        if self.looks_at_maps:
            self._build_places(input_shape)
        self.target_middle = self._statistic("target_middle", 0.5)
        self.target_size = self._statistic("target_size", 1.0)
        self.target_scale = self._statistic("target_scale", 1.0)

    def adapt(
        self,
        middle: Sequence[float],
        size: Sequence[float],
        scale: Sequence[float],
    ) -> None:
        """Takes what the training boxes are like, x first and then y.

        Args:
            middle: Their mean middle.
            size: Their mean width and height.
            scale: How far their corners spread: the root of the mean of the variances
                of both corners. What is 0 or not finite is read as the mean size, or 1.
        """
        sizes = _usable(size, np.ones(2))
        self.target_middle.assign(np.nan_to_num(np.asarray(middle, "float32")))
        self.target_scale.assign(_usable(scale, sizes))
        self.target_size.assign(sizes)

    def call(
        self,
        inputs: Any,
        presence: Any = None,
        training: bool | None = None,
        scales: Any = (),
    ) -> Any:
        """Returns boxes in the user's form and units, `(rows, 4)`.

        Args:
            inputs: Fused vectors, or one input's encoding, `(rows, width)`.
            presence: Which inputs are there; only late fusion needs it.
            training: Whether dropout works.
            scales: The maps of the image's encoder, zeros where the image is absent.
        """
        middle, size = self._told(self.linear(inputs, presence, training))
        if not self.looks_at_maps:
            return self._formed(middle, size)
        ops = keras.ops
        corners = ops.concatenate([middle - size / 2.0, middle + size / 2.0], axis=-1)
        extent = ops.convert_to_tensor(self.extent)
        corners = corners + self.places(inputs, scales) * extent
        low = ops.minimum(corners[:, :2], corners[:, 2:])
        high = ops.maximum(corners[:, :2], corners[:, 2:])
        return self._formed((low + high) / 2.0, high - low)

    def _told(self, raw: Any) -> tuple[Any, Any]:
        """Middle and size that the vector alone leads to expect."""
        ops, scale = keras.ops, self.target_scale
        start = ops.maximum(self.target_size / scale, _SMALLEST)
        before = start + ops.log(-ops.expm1(-start))  # what softplus makes `start` of
        middle = raw[:, :2] * scale + self.target_middle
        return middle, ops.softplus(raw[:, 2:] + before) * scale

    def _formed(self, middle: Any, size: Any) -> Any:
        parts = [middle, size]
        if self.form == "corners":
            parts = [middle - size / 2.0, middle + size / 2.0]
        return keras.ops.concatenate(parts, axis=-1)

    def _build_places(self, input_shape: Any) -> None:
        self.need_vector()
        if self.image_size is None:
            text = "a box that looks at an image needs to know its size"
            fix = "Give `image_size`: height and width in the boxes' units."
            raise DataError(sentence(f"output `{self.name}`", text, fix=fix))
        height, width = self.image_size
        self.extent = np.asarray([width, height] * 2, "float32")
        self.places = Places(self.filters, name="places", dtype=self.dtype_policy)
        self.places.build((input_shape[0], input_shape[-1]), self._scales)

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The loss of each row, `(rows,)`, on the scale of the training boxes."""
        ops = keras.ops
        truth, found = (self._scaled(boxes) for boxes in (labels, outputs))
        apart = ops.abs(found - truth)
        near = ops.square(apart) * (0.5 / self.beta)
        smooth = ops.where(apart <= self.beta, near, apart - 0.5 * self.beta)
        smooth = ops.mean(smooth, axis=-1)
        if self.loss == "smooth_l1":
            return smooth
        generalised = 1.0 - overlap(truth, found)[1]
        return generalised if self.loss == "giou" else smooth + generalised

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """Intersection over union, and the corners' mean absolute error."""
        wrap = keras.metrics.MeanMetricWrapper
        height, width = self.image_size or (1, 1)
        measured = {"form": self.form, "height": height, "width": width}
        iou = wrap(box_iou, name="iou", form=self.form)
        error = wrap(box_error, name="mae", **measured)
        return [PresentMetric(iou, "box"), PresentMetric(error, "box")]

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `box`, `(rows, 4)`, in the user's form, in float64."""
        return {"box": numbers(outputs)}

    def _scaled(self, boxes: Any) -> Any:
        middle, scale = (
            keras.ops.concatenate([pair, pair])
            for pair in (self.target_middle, self.target_scale)
        )
        return (to_corners(boxes, self.form) - middle) / scale

    def _statistic(self, name: str, value: float) -> Any:
        return self.add_weight(
            shape=(2,),
            initializer=Constant(value),
            trainable=False,
            dtype="float32",
            name=name,
        )


def _usable(given: Sequence[float], otherwise: np.ndarray) -> np.ndarray:
    values = np.asarray(given, "float32")
    return np.where(np.isfinite(values) & (values > 0), values, otherwise)
