"""`mgda`: the shortest vector among all averages of the gradients."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import Balance
from sensorium.nn.balance.simplex import lowest, scaled


@keras.saving.register_keras_serializable("sensorium")
class MGDABalance(Balance):
    """Averages the gradients by `min ||sum_k a_k g_k||^2`, a from 0 and of sum 1.

    No loss rises along the result, and it is zero only where no direction lowers all.
    Short gradients get most of the weight, so a loss that is nearly solved, or one of
    small numbers, decides. Each head's own weights follow their own loss. Cost: a
    backward pass for each loss.

    Sener and Koltun 2018 (arXiv 1810.04650, equation 3). Two losses by their closed
    form; more by exact steps between pairs of weights, where the paper takes
    Frank-Wolfe steps: both end at the same weights.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    needs_gradients = True
    for_heads = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the weights `(K,)`, which sum to 1."""
        zeros = keras.ops.zeros_like(losses)
        return lowest(scaled(gram), zeros, known)
