"""`residual`: a small residual convolution net for images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from sensorium.nn.dense import convolution, dense, dropout, layer_norm
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.encoders.pooled import tokens_of, tokens_shape_of
from sensorium.nn.pooling import largest
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class Residual(Encoder):
    """Halves the resolution at every stage, each with residual blocks, then averages.

    A stage is a convolution with stride 2, then `num_blocks` blocks `x + conv(relu(
    norm(x)))`; at the end mean and maximum over the image pass a dense layer. Layer
    normalisation over the channels keeps rows and pixels apart. There is no pooling by
    windows, which is slow on CPU; resolution falls early instead.

    Takes `(rows, height, width, channels)`: whole numbers 0-255, or floats in [0, 1].

    Args:
        units: Width of the output.
        filters: Channels of each stage.
        num_blocks: Residual blocks in each stage after the first.
        dropout: Share of units set to zero in training, before the dense layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    gives_tokens = True
    gives_scales = True

    def __init__(
        self,
        units: Positive = 128,
        *,
        filters: Sequence[Positive] = (16, 32, 64),
        num_blocks: Positive = 1,
        dropout: Fraction = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.filters = filters
        self.num_blocks = num_blocks
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, height, width, channels)`."""
        self.need_rank(input_shape, 4, "(rows, height, width, channels)")
        policy, shape = self.dtype_policy, tuple(input_shape)
        self.downs: list[Any] = []
        self.norms: list[list[Any]] = []
        self.blocks: list[list[Any]] = []
        for stage, filters in enumerate(self.filters):
            down = convolution(
                2, filters, 3, strides=2, name=f"down_{stage}", dtype=policy
            )
            down.build(shape)
            shape = down.compute_output_shape(shape)
            self.downs.append(down)
            count = self.num_blocks if stage else 0
            self._add_blocks(stage, count, shape)
        self.final_norm = layer_norm("final_norm", policy)
        self.final_norm.build(shape)
        self.drop = dropout(self.dropout, "drop", policy)
        self.output_layer = dense(self.units, "relu", name="output", dtype=policy)
        self.output_layer.build((shape[0], 2 * shape[-1]))

    def _add_blocks(self, stage: int, count: int, shape: Any) -> None:
        policy = self.dtype_policy
        norms = [layer_norm(f"norm_{stage}_{i}", policy) for i in range(count)]
        blocks = [
            convolution(2, shape[-1], 3, name=f"block_{stage}_{i}", dtype=policy)
            for i in range(count)
        ]
        for layer in [*norms, *blocks]:
            layer.build(shape)
        self.norms.append(norms)
        self.blocks.append(blocks)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        return self.from_scales(self.scales(inputs), training)

    def from_scales(self, scales: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`, made of the last map."""
        x = scales[-1]
        pooled = [keras.ops.mean(x, axis=(1, 2)), largest(x, (1, 2))]
        joined = keras.ops.concatenate(pooled, axis=-1)
        return self.output_layer(self.drop(joined, training=training))

    def tokens(self, inputs: Any, training: bool | None = None) -> tuple[Any, Any]:
        """The places of the last map, `(rows, T, filters)`; all of them are there."""
        return tokens_of(self.scales(inputs)[-1]), None

    def tokens_shape(self, input_shape: Any) -> tuple[Any, Any, Any]:
        """Returns `(rows, T, filters)`."""
        return tokens_shape_of(self.scales_shape(input_shape)[-1])

    def scales_shape(self, input_shape: Any) -> list[tuple[Any, ...]]:
        """Returns `(rows, height, width, channels)` of every stage."""
        shapes, shape = [], tuple(input_shape)
        for down in self.downs:
            shape = tuple(down.compute_output_shape(shape))
            shapes.append(shape)
        if len(shapes) == 1:
            return shapes
        channels = shapes[0][-1] + 4 * input_shape[-1]
        return [(*shapes[0][:-1], channels), *shapes[1:]]

    def scales(self, inputs: Any, training: bool | None = None) -> list[Any]:
        """The map of every stage, each half as fine as the one before.

        Beside the finest one stand the pixels themselves, four to a place, so that
        edges are not lost; where there is one stage only they are left out.
        """
        del training  # nothing here works otherwise in training
        ops, found = keras.ops, []
        x = pixels = scaled(inputs, self.compute_dtype)
        for down, norms, blocks in zip(
            self.downs, self.norms, self.blocks, strict=True
        ):
            x = down(x)
            for norm, block in zip(norms, blocks, strict=True):
                x = x + block(ops.relu(norm(x)))
            x = ops.relu(x)
            found.append(x)
        if len(found) > 1:
            found[0] = ops.concatenate([found[0], folded(pixels)], axis=-1)
        return [*found[:-1], self.final_norm(x)]


def folded(images: Any) -> Any:
    """Puts the four pixels of every square side by side, as channels.

    Args:
        images: `(rows, height, width, channels)`; odd sides are filled up with zeros.
    """
    ops = keras.ops
    height, width, channels = images.shape[1:]
    if height % 2 or width % 2:
        images = ops.pad(images, [[0, 0], [0, height % 2], [0, width % 2], [0, 0]])
    sides = -(-height // 2), -(-width // 2)
    apart = ops.reshape(images, (-1, sides[0], 2, sides[1], 2, channels))
    beside = ops.transpose(apart, (0, 1, 3, 2, 4, 5))
    return ops.reshape(beside, (-1, *sides, 4 * channels))


def scaled(images: Any, dtype: str) -> Any:
    """Pixels in [-1, 1]: whole numbers are 0-255, floats are in [0, 1]."""
    whole = not keras.backend.is_float_dtype(
        keras.backend.standardize_dtype(images.dtype)
    )
    factor = 2.0 / 255.0 if whole else 2.0
    return keras.ops.cast(images, dtype) * factor - 1.0
