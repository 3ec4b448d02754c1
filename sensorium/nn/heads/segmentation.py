"""`segmentation`: a class for every pixel of an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import keras
import numpy as np

from sensorium.nn.dense import dropout
from sensorium.nn.heads.base import numbers
from sensorium.nn.heads.labelled import LabelledHead
from sensorium.nn.mask_decoder import MaskDecoder
from sensorium.nn.pixels import PixelIoU, PixelLoss, dice_loss, pixel_cross_entropy
from sensorium.nn.present import Target
from sensorium.schema.types import Count, Positive


@keras.saving.register_keras_serializable("sensorium")
class Segmentation(LabelledHead):
    """Predicts a mask; the output has one logit for each pixel and class.

    A decoder with skip connections (`MaskDecoder`) goes from the coarsest map of the
    image's encoder to the finest one, and is told at each stage by what the fusion made
    of all inputs what to look for. Where the image is absent the maps are zeros, and
    the mask is what the other inputs lead to expect.

    Labels are class ids from 0, `(rows, height, width)`; -1 is a pixel without a label,
    which weighs nothing. The loss of a row is the mean over its labelled pixels for
    `cross_entropy`, for `dice` see `dice_loss`; `sum` is both added up.

    Args:
        shape: Height, width and number of classes; given by the data.
        image: The image input that the mask belongs to; may be left out where there is
            only one.
        loss: `sum`, `dice` or `cross_entropy`.
        filters: Channels of each stage of the decoder, from the coarsest.
        values: For a recipe: the pixel values that are classes, in the order of their
            ids; see the feature `Mask`.
        **settings: Those of `LabelledHead`: `weight`, `dropout`, `column`,
            `sample_weight` and `reads`; and Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "mask"
    looks_at_maps = True

    def __init__(
        self,
        shape: Sequence[Positive] | None = None,
        *,
        image: str | None = None,
        loss: Literal["sum", "dice", "cross_entropy"] = "sum",
        filters: Sequence[Positive] = (64, 32, 32),
        values: Sequence[Count] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.shape = shape
        self.image = image
        self.loss = loss
        self.filters = filters
        self.values = values
        self.background: int | None = 0

    def sizes(self) -> tuple[int, int, int]:
        """Height, width and number of classes."""
        height, width, classes = self.need("shape")
        return int(height), int(width), int(classes)

    def width(self) -> int:
        """Number of classes."""
        return self.sizes()[2]

    def build(self, input_shape: Any) -> None:
        """Makes the decoder for vectors of shape `(rows, width)`.

        Raises:
            DataError: If nobody gave the shape, or the fusion is a late one.
        """
        self.need_vector()
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)
        *size, classes = self.sizes()
        self.decoder = MaskDecoder(
            size, classes, self.filters, name="decoder", dtype=self.dtype_policy
        )
        self.decoder.build((input_shape[0], input_shape[-1]), self._scales)

    def call(
        self,
        inputs: Any,
        presence: Any = None,
        training: bool | None = None,
        scales: Any = (),
    ) -> Any:
        """Returns logits, `(rows, height, width, classes)`, float32.

        Args:
            inputs: Fused vectors, or one input's encoding, `(rows, width)`.
            presence: Which inputs are there; not needed here.
            training: Whether dropout works.
            scales: The maps of the image's encoder, zeros where the image is absent.
        """
        del presence
        return self.decoder(self.drop(inputs, training=training), scales)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns `(rows, height, width, classes)`."""
        return (input_shape[0], *self.sizes())

    def adapt(self, counts: Sequence[int], background: int | None) -> None:
        """Takes what is known of the training masks: the first guess is their mean.

        Args:
            counts: Number of pixels of each class, by id.
            background: The class that is no object, which the metric leaves out.
        """
        self.background = background
        shares = np.asarray(counts, np.float64) + 1.0
        self.decoder.balance(np.log(shares / shares.sum()).tolist())

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The loss of each row, `(rows,)`; pixels whose label is below 0 do not count.

        Args:
            labels: Class ids `(rows, height, width)`.
            outputs: Logits `(rows, height, width, classes)`.
        """
        return sum(part(labels, outputs) for part in _LOSSES[self.loss])

    def loss_function(self) -> keras.losses.Loss:
        """The loss for `compile`: a mean over the rows with labelled pixels."""
        return PixelLoss(self.row_loss, name=str(self.loss))

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """The intersection over union of objects, without background."""
        return [PixelIoU(self.background)]

    def absent(self, outputs: Any) -> Any:
        """Labels that say "absent" for every pixel of these outputs."""
        return keras.ops.full_like(outputs[..., 0], -1, dtype="int32")

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `id`, `(rows, height, width)`, and `confidence`, `(rows,)`.

        Confidence is the mean probability of the predicted classes, in float64.
        """
        logits = numbers(outputs)
        highest = logits.max(axis=-1)
        powers = np.exp(logits - highest[..., None]).sum(axis=-1)
        confidence = (1.0 / powers).mean(axis=(1, 2))
        return {"id": logits.argmax(axis=-1), "confidence": confidence}


_LOSSES: dict[str, tuple[Callable[[Any, Any], Any], ...]] = {
    "sum": (pixel_cross_entropy, dice_loss),
    "dice": (dice_loss,),
    "cross_entropy": (pixel_cross_entropy,),
}
