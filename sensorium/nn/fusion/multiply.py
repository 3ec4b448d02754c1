"""`multiply`: the product of what the inputs say, unit by unit."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.dense import dropout
from sensorium.nn.fusion.base import Fusion, any_of
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class MultiplyFusion(Fusion):
    """Multiplies the inputs, so that each decides how the others count.

    `z = prod_m (1 + W_m norm(h_m) + b_m)` over the inputs that are there, of cost
    `sum_m d_m units` a row; a row with nothing present gets a learned vector.

    Kim et al. 2017 (MLB, arXiv 1610.04325, section 3) multiply `tanh(W_m h_m)`. Ours
    has no tanh and adds 1, so that an absent input is the factor 1 and no gradient dies
    because another factor is near 0; first weights shrink with the number of inputs, so
    that the product of many stays of size 1.

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
        self.make_factors(self.check_shapes(inputs_shape), self.units)
        self.make_nothing(self.units)
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        pairs = self.projected(inputs, presence)
        product: Any = 1.0
        for values, here in pairs:
            product = product * ops.where(here, 1.0 + values, ops.ones_like(values))
        return self.drop(self.or_nothing(product, any_of(pairs)), training=training)
