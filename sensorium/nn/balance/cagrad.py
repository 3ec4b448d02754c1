"""`cagrad`: close to the mean gradient, and best for the loss that gains least."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import Balance
from sensorium.nn.balance.simplex import lowest, norm, scaled
from sensorium.schema.types import NonNegative


@keras.saving.register_keras_serializable("sensorium")
class CAGradBalance(Balance):
    """Follows the mean gradient as far as the loss that gains least allows.

    Within a ball of radius `c ||g0||` around the mean gradient g0 it takes the vector
    whose smallest product with a gradient is largest:
    `g = (g0 + c ||g0|| / ||g_w|| g_w) / (1 + c^2)`, where the average g_w minimises
    `g_w . g0 + c ||g0|| ||g_w||`. With c = 0 it is the mean. Each head's own weights
    follow their own loss. Cost: a backward pass for each loss.

    Liu et al. 2021 (arXiv 2110.14048, algorithm 1; the division is that of their code).
    The minimum is found by exact steps between pairs of weights.

    Args:
        c: Size of the ball; below 1 training still ends where the mean loss is lowest.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    needs_gradients = True
    for_heads = False

    def __init__(self, c: NonNegative = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.c = c

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns how much each gradient counts in the sum, `(K,)`."""
        ops = keras.ops
        shares = ops.cast(known, "float32")
        mean = shares / ops.maximum(ops.sum(shares), 1.0)
        gram = scaled(gram)
        radius = self.c * norm(gram, mean)
        weights = lowest(gram, ops.matmul(gram, mean), known, radius)
        length = norm(gram, weights)
        found = ops.where(length > 0, radius / ops.where(length > 0, length, 1.0), 0.0)
        return (mean + found * weights) / (1.0 + self.c**2)
