"""`pcgrad`: gradients that point against each other are projected apart."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import Balance, only_known
from sensorium.nn.initializers import next_seed


@keras.saving.register_keras_serializable("sensorium")
class PCGradBalance(Balance):
    """Takes from each loss's gradient what points against another's.

    For each loss in turn, its gradient loses its part along every other gradient that
    it has a negative product with, the others in random order; the results are added.
    Each head's own weights follow their own loss. Cost: a backward pass for each loss,
    and what is done with their products.

    Yu et al. 2020 (arXiv 2001.06782, algorithm 1). All is computed from the products of
    the gradients, which comes to the same.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    needs_gradients = True
    for_heads = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def build(self, input_shape: Any) -> None:
        """Makes the source of random orders."""
        super().build(input_shape)
        self.generator = keras.random.SeedGenerator(next_seed())

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns how much each gradient counts in the sum, `(K,)`."""
        ops, count = keras.ops, self.count
        drawn = keras.random.uniform((count, count), seed=self.generator)
        order = ops.argsort(drawn, axis=1)
        # Row i says how much of each gradient is in what has become of the i-th.
        mixed, squares = ops.eye(count), ops.diag(gram)
        for turn in range(count):
            others = ops.one_hot(order[:, turn], count)
            products = ops.sum(ops.matmul(mixed, gram) * others, axis=1)
            square = ops.matmul(others, squares)
            against = ops.logical_and(products < 0, ops.diag(others) < 0.5)
            against = ops.logical_and(against, square > 0)
            along = ops.where(against, products / ops.where(against, square, 1.0), 0.0)
            mixed = mixed - ops.expand_dims(along, 1) * others
        kept = ops.expand_dims(ops.cast(known, "float32"), 1) * mixed
        return only_known(ops.sum(kept, axis=0), known)
