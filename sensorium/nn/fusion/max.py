"""`max`: the largest of what the inputs say, unit by unit."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.dense import dropout
from sensorium.nn.fusion.base import Fusion, any_of
from sensorium.schema.types import Fraction, Positive

_LOW = -3e4  # within float16; values of hidden layers do not reach it


@keras.saving.register_keras_serializable("sensorium")
class MaxFusion(Fusion):
    """Takes in each unit the largest value among the inputs.

    `z = max_m (W_m norm(h_m) + b_m)` over the inputs that are there, of cost
    `sum_m d_m units` a row; a row with nothing present gets a learned vector. Max
    pooling over views as in Su et al. 2015 (arXiv 1505.00880, section 3.2), with a
    projection of each input's own before it. In each unit only the winner learns.

    Args:
        units: Width of the output.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self, units: Positive = 128, *, dropout: Fraction = 0.1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        self.make_projections(self.check_shapes(inputs_shape), self.units)
        self.make_nothing(self.units)
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        pairs = self.projected(inputs, presence)
        shown = [
            ops.where(here, values, ops.full_like(values, _LOW))
            for values, here in pairs
        ]
        largest = shown[0]
        for values in shown[1:]:
            largest = ops.maximum(largest, values)
        return self.drop(self.or_nothing(largest, any_of(pairs)), training=training)
