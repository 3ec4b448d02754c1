"""`signal_convolution`: a residual convolution net over time, for sensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from sensorium.nn.dense import convolution, dense, dropout, layer_norm
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.pooling import masked_max, masked_mean
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class SignalConvolution(Encoder):
    """Convolutions over time with stride 2 and residual blocks, then mean and maximum.

    Takes float `(rows, time, channels + 1)`; the last channel is 1 where a step was
    observed and 0 where it is padding. Steps that were not observed are zeros at every
    layer and count in neither mean nor maximum, so that padding at the end changes
    nothing but the border.

    Args:
        units: Width of the output.
        filters: Channels of each stage; each halves the number of steps.
        kernel_size: Steps that one convolution sees.
        num_blocks: Residual blocks in each stage.
        dropout: Share of units set to zero in training, before the dense layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    gives_tokens = True

    def __init__(
        self,
        units: Positive = 128,
        *,
        filters: Sequence[Positive] = (64, 64, 128),
        kernel_size: Positive = 5,
        num_blocks: Positive = 1,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.filters = filters
        self.kernel_size = kernel_size
        self.num_blocks = num_blocks
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, time, channels + 1)`."""
        self.need_rank(input_shape, 3, "(rows, time, channels + 1)")
        policy, shape = self.dtype_policy, tuple(input_shape)
        self.downs: list[Any] = []
        self.norms: list[list[Any]] = []
        self.blocks: list[list[Any]] = []
        for stage, filters in enumerate(self.filters):
            down = self._convolution(filters, f"down_{stage}", strides=2)
            down.build(shape)
            shape = down.compute_output_shape(shape)
            self.downs.append(down)
            self._add_blocks(stage, shape)
        self.final_norm = layer_norm("final_norm", policy)
        self.final_norm.build(shape)
        self.drop = dropout(self.dropout, "drop", policy)
        self.output_layer = dense(self.units, "relu", name="output", dtype=policy)
        self.output_layer.build((shape[0], 2 * shape[-1]))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        x, observed = self.tokens(inputs)
        pooled = [masked_mean(x, observed), masked_max(x, observed)]
        joined = keras.ops.concatenate(pooled, axis=-1)
        return self.output_layer(self.drop(joined, training=training))

    def tokens_shape(self, input_shape: Any) -> tuple[Any, Any, Any]:
        """Returns `(rows, steps, filters)`."""
        shape = tuple(input_shape)
        for down in self.downs:
            shape = down.compute_output_shape(shape)
        return shape

    def tokens(self, inputs: Any, training: bool | None = None) -> tuple[Any, Any]:
        """The last steps, `(rows, steps, filters)`, and which were observed."""
        ops = keras.ops
        observed = inputs[:, :, -1] > 0
        x = ops.cast(inputs, self.compute_dtype)
        for down, norms, blocks in zip(
            self.downs, self.norms, self.blocks, strict=True
        ):
            observed = observed[:, ::2]
            x = _only(down(x), observed)
            for norm, block in zip(norms, blocks, strict=True):
                x = x + _only(block(_only(ops.relu(norm(x)), observed)), observed)
        return self.final_norm(x), observed

    def _convolution(self, filters: int, name: str, strides: int = 1) -> Any:
        return convolution(
            1,
            filters,
            self.kernel_size,
            strides=strides,
            name=name,
            dtype=self.dtype_policy,
        )

    def _add_blocks(self, stage: int, shape: Any) -> None:
        names = [f"{stage}_{number}" for number in range(self.num_blocks)]
        norms = [layer_norm(f"norm_{name}", self.dtype_policy) for name in names]
        blocks = [self._convolution(shape[-1], f"block_{name}") for name in names]
        for layer in [*norms, *blocks]:
            layer.build(shape)
        self.norms.append(norms)
        self.blocks.append(blocks)


def _only(values: Any, observed: Any) -> Any:
    shown = keras.ops.expand_dims(observed, -1)
    return keras.ops.where(shown, values, keras.ops.zeros_like(values))
