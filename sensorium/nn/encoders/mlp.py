"""`mlp`: a perceptron for vectors, flags, times and numbers."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.encoders.base import Encoder
from sensorium.nn.perceptron import Perceptron
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class MLP(Encoder):
    """Dense layers with ReLU; the second and later ones are residual.

    Takes float `(rows, width)` without missing values.

    Args:
        units: Width of the output.
        num_layers: Number of layers.
        dropout: Share of units set to zero in training, after each layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 64,
        *,
        num_layers: Positive = 2,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, width)`."""
        self.need_rank(input_shape, 2, "(rows, width)")
        self.hidden = Perceptron(
            self.units,
            self.num_layers,
            self.dropout,
            name="hidden",
            dtype=self.dtype_policy,
        )
        self.hidden.build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        return self.hidden(inputs, training=training)
