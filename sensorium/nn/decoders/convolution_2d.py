"""`convolution_2d`: pictures by convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import keras

from sensorium.nn.decoders.upsampling import Upsampling
from sensorium.schema.types import Positive


@keras.saving.register_keras_serializable("sensorium")
class Convolution2D(Upsampling):
    """Convolutions over height and width; the resolution doubles at every stage.

    See `Upsampling` for how. Any size can be made, odd ones too.

    Args:
        filters: Channels of each stage, from the coarsest.
        kernel_size: Pixels along each axis that one convolution sees.
        activation: What comes last: `linear`, or `sigmoid` for values in [0, 1].
        shape: Shape of one row's value, (height, width, channels); given by the data.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    axes: ClassVar[tuple[str, ...]] = ("height", "width", "channels")

    def __init__(
        self,
        filters: Sequence[Positive] = (64, 32, 16),
        *,
        kernel_size: Positive = 3,
        activation: Literal["linear", "sigmoid"] = "linear",
        shape: Sequence[Positive] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.activation = activation
        self.shape = shape
