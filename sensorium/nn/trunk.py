"""The trunk: layers between the fusion and the heads, shared by all outputs."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.layer import DeclaredLayer
from sensorium.nn.perceptron import Perceptron
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class Trunk(DeclaredLayer):
    """A perceptron between fusion and heads.

    Most networks need none: a fusion ends in a hidden layer already.

    Args:
        units: Width of the output.
        num_layers: Number of layers; the second and later ones are residual.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 128,
        *,
        num_layers: Positive = 1,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, width)`."""
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

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, int]:
        """Returns `(rows, units)`."""
        return (input_shape[0], self.units)
