"""`add`: the mean of the inputs that are there, each projected to one width."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.fusion.base import Fusion, any_of, present_mean_of
from sensorium.schema.types import Count, Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class AddFusion(Fusion):
    """Adds up what the inputs say, divided by how many are there.

    `z = sum_m p_m (W_m norm(h_m) + b_m) / sum_m p_m`, of cost `sum_m d_m units` a row;
    a row with nothing present gets a learned vector. The sum itself is blind to
    interactions: with `num_layers=0` and a linear head it cannot tell "both" from
    "either". Dense layers after it, which the bare formula has not, make up for that.

    Args:
        units: Width of the output.
        num_layers: Number of dense layers after the sum; 0 is the bare formula.
        dropout: Share of units set to zero in training, after each dense layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 128,
        *,
        num_layers: Count = 1,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        self.make_projections(self.check_shapes(inputs_shape), self.units)
        self.make_nothing(self.units)
        self.make_hidden(self.units)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        pairs = self.projected(inputs, presence)
        mean = self.or_nothing(present_mean_of(pairs), any_of(pairs))
        return self.hidden(mean, training=training)
