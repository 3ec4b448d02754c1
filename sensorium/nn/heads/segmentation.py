"""`segmentation`: a class for every pixel of an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.nn.heads.base import Head, numbers
from sensorium.nn.mask_decoder import MaskDecoder
from sensorium.nn.pixels import PixelIoU, PixelLoss, dice_loss, pixel_cross_entropy
from sensorium.nn.present import Target
from sensorium.schema.types import Count, NonNegative, Positive


@keras.saving.register_keras_serializable("sensorium")
class Segmentation(Head):
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
        weight: Factor of this output's loss in the sum of all.
        filters: Channels of each stage of the decoder, from the coarsest.
        column: Column of the masks, for a recipe; `None` stands for the output's name.
        reads: An input whose encoding alone says what to look for; `None` is what the
            fusion made of all.
        values: For a recipe: the pixel values that are classes, in the order of their
            ids; see the feature `Mask`.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "mask"
    looks_at_maps = True
    dropout = 0.0

    def __init__(
        self,
        shape: Sequence[Positive] | None = None,
        *,
        image: str | None = None,
        loss: Literal["sum", "dice", "cross_entropy"] = "sum",
        weight: NonNegative = 1.0,
        filters: Sequence[Positive] = (64, 32, 32),
        column: str | None = None,
        reads: str | None = None,
        values: Sequence[Count] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.shape = shape
        self.image = image
        self.loss = loss
        self.weight = weight
        self.filters = filters
        self.column = column
        self.reads = reads
        self.values = values
        self.background: int | None = 0
        self._scales: list[tuple[Any, ...]] = []

    def sizes(self) -> tuple[int, int, int]:
        """Height, width and number of classes."""
        height, width, classes = self.need("shape")
        return int(height), int(width), int(classes)

    def width(self) -> int:
        """Number of classes."""
        return self.sizes()[2]

    def learn_scales(self, shapes: Sequence[tuple[Any, ...]]) -> None:
        """Takes the shapes of the maps of the image's encoder, before `build`.

        Args:
            shapes: `(rows, height, width, channels)` each, the finest first.
        """
        self._scales = [tuple(shape) for shape in shapes]

    def build(self, input_shape: Any) -> None:
        """Makes the decoder for vectors of shape `(rows, width)`.

        Raises:
            DataError: If nobody gave the shape, or the fusion is a late one.
        """
        if self._joined is not None:
            text = "a late fusion has no vector of all inputs that could say what to "
            text += "look for in the picture"
            fix = "Choose another fusion, or let the head read one input by `reads`."
            raise DataError(sentence(f"output `{self.name}`", text, fix=fix))
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
            training: Whether training is going on; nothing here works otherwise then.
            scales: The maps of the image's encoder, zeros where the image is absent.
        """
        del presence, training
        return self.decoder(inputs, scales)

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
