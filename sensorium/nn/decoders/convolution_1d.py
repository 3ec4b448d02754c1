"""`convolution_1d`: signals by convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import keras

from sensorium.nn.decoders.upsampling import Upsampling
from sensorium.schema.types import Positive


@keras.saving.register_keras_serializable("sensorium")
class Convolution1D(Upsampling):
    """Convolutions over time; the resolution doubles at every stage.

    See `Upsampling` for how. Any size can be made, odd ones too.

    Args:
        filters: Channels of each stage, from the coarsest.
        kernel_size: Steps that one convolution sees.
        activation: What comes last: `linear`, or `sigmoid` for values in [0, 1].
        shape: Shape of one row's value, (time, channels); given by the data.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    axes: ClassVar[tuple[str, ...]] = ("time", "channels")

    def __init__(
        self,
        filters: Sequence[Positive] = (64, 64, 64),
        *,
        kernel_size: Positive = 5,
        activation: Literal["linear", "sigmoid"] = "linear",
        shape: Sequence[Positive] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.activation = activation
        self.shape = shape
