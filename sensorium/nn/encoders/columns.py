"""What `piecewise` and `periodic` share: every column is embedded by itself."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.errors import DataError, sentence
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.initializers import Constant, Uniform
from sensorium.nn.perceptron import Perceptron


class Columns(Encoder):
    """Spreads each number, maps it by a linear layer of its own and a ReLU, then joins.

    The values are spread in float32; flags join after the embedding.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    num_columns: int | None
    num_flags: int | None
    embedding_dim: int
    num_layers: int
    dropout: float

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def spread(self, numbers: Any) -> Any:
        """Turns `(rows, columns)` into `(rows, columns, width)`."""
        raise NotImplementedError

    def spread_width(self) -> int:
        """The last axis of what `spread` returns."""
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, columns + flags)`."""
        self.need_rank(input_shape, 2, "(rows, columns + flags)")
        count = self._count(input_shape[1])
        width = self.spread_width()
        self.kernel = self.add_weight(
            shape=(count, width, self.embedding_dim),
            initializer=Uniform((3.0 / width) ** 0.5),
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(count, self.embedding_dim),
            initializer=Constant(0.0),
            name="bias",
        )
        self.hidden = Perceptron(
            self.units,
            self.num_layers,
            self.dropout,
            name="hidden",
            dtype=self.dtype_policy,
        )
        flags = input_shape[1] - count
        self.hidden.build((input_shape[0], count * self.embedding_dim + flags))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops, dtype = keras.ops, self.compute_dtype
        count, _, width = self.kernel.shape
        inputs = ops.cast(inputs, "float32")
        spread = ops.cast(self.spread(inputs[:, :count]), dtype)
        embedded = ops.einsum("rcw,cwe->rce", spread, ops.cast(self.kernel, dtype))
        embedded = ops.relu(embedded + ops.cast(self.bias, dtype))
        flat = ops.reshape(embedded, (-1, count * width))
        flags = ops.cast(inputs[:, count:], dtype)
        joined = ops.concatenate([flat, flags], axis=1)
        return self.hidden(joined, training=training)

    def _count(self, width: int) -> int:
        flags = self.num_flags or 0
        count: int = width - flags if self.num_columns is None else self.num_columns
        if count + flags != width or count < 1:
            text = f"expected {count} columns and {flags} flags side by side"
            where = f"encoder `{self.name}`"
            raise DataError(sentence(where, text, f"an input of width {width}"))
        return count
