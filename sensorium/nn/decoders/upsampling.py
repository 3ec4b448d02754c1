"""What decoders of signals and of pictures share: resolution grows stage by stage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras

from sensorium.nn.decoders.base import Decoder
from sensorium.nn.dense import convolution, dense

_COARSEST = 4
"""Places that the first stage has along each axis at least."""


class Upsampling(Decoder):
    """A dense layer makes a coarse value; each stage doubles its resolution.

    A stage is a convolution with ReLU, then for each place a linear layer whose
    channels become the 2 (or 2x2) places that take its room: sub-pixel upsampling (Shi
    et al. 2016, section 2.2). Unlike there the convolution and the growing are two
    layers and not one large one: on JAX on a CPU a step took 0.6 of the time, and 0.1
    to 0.2 of that of transposed convolutions or of repeated pixels. What lies beyond
    the shape is cut off, so that any size can be made. There are as many stages as
    `filters` has entries, but only so many that the coarse value has 4 places along its
    shortest axis; the first entries are left out then.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    filters: Sequence[int]
    kernel_size: int

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    @property
    def rank(self) -> int:
        """Number of axes that the convolutions go over: all but the channels."""
        return len(self.axes) - 1

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, width)`."""
        self.need_vectors(input_shape)
        *space, channels = self.sizes()
        filters, self.factor = stages(self.filters, min(space))
        scale = self.factor ** len(filters)
        coarse = [math.ceil(size / scale) for size in space]
        self.coarse = (*coarse, filters[0])
        policy = self.dtype_policy
        self.first = dense(math.prod(self.coarse), "relu", name="first", dtype=policy)
        self.first.build(input_shape)
        self.convolutions: list[Any] = []
        self.growths: list[Any] = []
        shape: tuple[Any, ...] = (input_shape[0], *self.coarse)
        for following in filters[1:]:
            shape = self._add_stage(shape, following, "relu")
        self._add_stage(shape, channels, None)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, *shape)`."""
        del training  # nothing here works otherwise in training
        ops = keras.ops
        x = ops.reshape(self.first(inputs), (-1, *self.coarse))
        for layer, growth in zip(self.convolutions, self.growths, strict=True):
            x = interleaved(growth(ops.relu(layer(x))), self.rank, self.factor)
        inside = tuple(slice(0, size) for size in self.sizes()[:-1])
        return self.finished(x[(slice(None), *inside)])

    def _add_stage(
        self, shape: tuple[Any, ...], following: int, activation: str | None
    ) -> tuple[Any, ...]:
        """Adds one stage; returns the shape of what it gives."""
        number, policy = len(self.growths), self.dtype_policy
        layer = convolution(
            self.rank, shape[-1], self.kernel_size, name=f"block_{number}", dtype=policy
        )
        places, name = self.factor**self.rank, f"grow_{number}"
        growth = dense(places * following, activation, name=name, dtype=policy)
        layer.build(shape)
        growth.build(shape)
        self.convolutions.append(layer)
        self.growths.append(growth)
        return (shape[0], *(self.factor * size for size in shape[1:-1]), following)


def stages(filters: Sequence[int], shortest: int) -> tuple[list[int], int]:
    """The filters of the stages that a size has room for, and their growth.

    A size with room for none has one stage, which does not grow.

    Args:
        filters: Channels of every stage.
        shortest: Places along the shortest axis.
    """
    count = 0
    while count < len(filters) and shortest >= _COARSEST * 2 ** (count + 1):
        count += 1
    if count == 0:
        return list(filters[-1:]), 1
    return list(filters[len(filters) - count :]), 2


def interleaved(values: Any, rank: int, factor: int) -> Any:
    """Turns channels into neighbouring places.

    Args:
        values: `(rows, *places, factor ** rank * channels)`.
        rank: Number of axes of places.
        factor: How many times as many places there are along each.

    Returns:
        `(rows, *(factor * places), channels)`.
    """
    if factor == 1:
        return values
    ops, places = keras.ops, tuple(values.shape[1 : rank + 1])
    channels = values.shape[-1] // factor**rank
    apart = ops.reshape(values, (-1, *places, *[factor] * rank, channels))
    order = [axis for i in range(rank) for axis in (1 + i, 1 + rank + i)]
    sorted_ = ops.transpose(apart, (0, *order, 2 * rank + 1)) if rank > 1 else apart
    return ops.reshape(sorted_, (-1, *(factor * size for size in places), channels))
