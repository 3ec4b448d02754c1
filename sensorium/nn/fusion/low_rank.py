"""`low_rank`: products of all inputs, as few as the rank says."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.dense import dropout
from sensorium.nn.fusion.base import Fusion
from sensorium.nn.initializers import Constant
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class LowRankFusion(Fusion):
    """Weighs the products of all inputs, without ever writing them all down.

    `z = sum_r v_r prod_m ([1; norm(h_m)] W_m^r) + b`: what `tensor` computes, with its
    weights of rank `rank`. Cost: `rank units sum_m (d_m + 1)` a row, so it grows with
    the number of inputs and not with its power. An absent input is the factor 1.

    Liu et al. 2018 (LMF, arXiv 1806.00064, section 3.2; the weights v are those of
    their code). They say nothing of absent inputs. Bias rows start at 1 and the others
    small, so that the product of many inputs neither dies nor explodes. All factors are
    weights and are trained.

    Args:
        units: Width of the output.
        rank: Number of products that are summed up.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 128,
        *,
        rank: Positive = 4,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.rank = rank
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        self.make_factors(self.check_shapes(inputs_shape), self.rank * self.units)
        self.rank_weights = self.add_weight(
            shape=(self.rank, 1),
            initializer=Constant(1.0 / self.rank),
            name="rank_weights",
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer=Constant(0.0), name="bias"
        )
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        product: Any = 1.0
        for values, here in self.projected(inputs, presence):
            product = product * ops.where(here, 1.0 + values, ops.ones_like(values))
        product = ops.reshape(product, (-1, self.rank, self.units))
        weighed = ops.cast(self.rank_weights, product.dtype) * product
        fused = ops.sum(weighed, axis=1) + ops.cast(self.bias, product.dtype)
        return self.drop(fused, training=training)
