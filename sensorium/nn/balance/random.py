"""`random`: new weights in every step, the test that other balances must pass."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import Balance, known_softmax
from sensorium.nn.initializers import next_seed


@keras.saving.register_keras_serializable("sensorium")
class RandomBalance(Balance):
    """Draws the weights anew in every step: a softmax of normal numbers.

    On the mean all losses weigh the same. What adapts to the losses and is not better
    than this has not earned its place. Cost: none worth mentioning.

    Lin et al. 2021 (RLW, arXiv 2111.10603, section 3). The softmax is over the losses
    that are known.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def build(self, input_shape: Any) -> None:
        """Makes the source of random numbers."""
        super().build(input_shape)
        self.generator = keras.random.SeedGenerator(next_seed())

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the losses' weights, `(K,)`, which sum to 1."""
        drawn = keras.random.normal((self.count,), seed=self.generator)
        return known_softmax(drawn, known)
