"""`dense`: values of any shape by dense layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import keras

from sensorium.nn.decoders.base import Decoder
from sensorium.nn.dense import dense
from sensorium.nn.perceptron import Perceptron
from sensorium.schema.types import Count, Positive


@keras.saving.register_keras_serializable("sensorium")
class Dense(Decoder):
    """Dense layers with ReLU (the second and later residual), then a linear one.

    Args:
        units: Width of the hidden layers.
        num_layers: Number of hidden layers; 0 leaves the linear one alone, so that an
            autoencoder with a linear encoder learns what principal components span.
        activation: What comes last: `linear`, or `sigmoid` for values in [0, 1].
        shape: Shape of one row's value; given by the data.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 128,
        *,
        num_layers: Count = 1,
        activation: Literal["linear", "sigmoid"] = "linear",
        shape: Sequence[Positive] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_layers = num_layers
        self.activation = activation
        self.shape = shape

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, width)`."""
        self.need_vectors(input_shape)
        policy, width = self.dtype_policy, input_shape[1]
        self.hidden = None
        if self.num_layers:
            self.hidden = Perceptron(
                self.units, self.num_layers, name="hidden", dtype=policy
            )
            self.hidden.build(input_shape)
            width = self.units
        size = math.prod(self.sizes())
        self.output_layer = dense(size, name="output", dtype="float32")
        self.output_layer.build((input_shape[0], width))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, *shape)`."""
        hidden = inputs
        if self.hidden is not None:
            hidden = self.hidden(inputs, training=training)
        flat = self.output_layer(keras.ops.cast(hidden, "float32"))
        return self.finished(keras.ops.reshape(flat, (-1, *self.sizes())))
