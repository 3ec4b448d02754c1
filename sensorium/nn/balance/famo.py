"""`famo`: all losses fall at the same rate, at the cost of one backward pass."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import known_softmax, only_known, positive
from sensorium.nn.balance.learned import LearnedBalance, change
from sensorium.schema.types import NonNegative, PositiveFloat


@keras.saving.register_keras_serializable("sensorium")
class FAMOBalance(LearnedBalance):
    """Weighs losses so that the one that falls least, by share, falls more.

    With `z = softmax(xi)` the weights are `z_k / L_k`, divided by their sum. After each
    step xi moves by Adam against `J^T d`, where J is the Jacobian of the softmax and d
    is by how much the logarithm of each loss fell. Scaling a loss changes nothing.
    Cost: none worth mentioning.

    Liu et al. 2023 (FAMO, arXiv 2306.03792, algorithm 1). Theirs computes the losses of
    the same batch again after the step; ours takes those of the next batch, which
    saves a forward pass: what batches differ in cancels over the steps.

    Args:
        learning_rate: Of xi.
        decay: Pulls xi to zero: added to its gradient as `decay * xi`.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        learning_rate: PositiveFloat = 0.025,
        decay: NonNegative = 0.001,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.learning_rate = learning_rate
        self.decay = decay

    def build(self, input_shape: Any) -> None:
        """Makes xi, and what remembers the last losses."""
        super().build(input_shape)
        self.last_logs = self.vector("last_logs")
        self.seen = self.vector("seen")

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the losses' weights, `(K,)`, which sum to 1; learns from the fall."""
        ops = keras.ops
        logs = ops.log(positive(losses))
        both = ops.logical_and(known, self.seen.value > 0)
        shares = known_softmax(self.learned.value, both)
        fallen = only_known(self.last_logs.value - logs, both)
        gradient = shares * (fallen - ops.sum(shares * fallen))
        self.learn(gradient + self.decay * self.learned.value, both)
        change(self.last_logs, logs, known)
        change(self.seen, ops.ones_like(logs), known)
        weights = known_softmax(self.learned.value, known) / positive(losses)
        return weights / ops.maximum(ops.sum(weights), 1e-30)
