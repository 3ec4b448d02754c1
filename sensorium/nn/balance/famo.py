"""`famo`: all losses fall at the same rate, at the cost of one backward pass."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import known_softmax, only_known, positive
from sensorium.nn.balance.learned import LearnedBalance
from sensorium.schema.types import NonNegative, Positive, PositiveFloat


@keras.saving.register_keras_serializable("sensorium")
class FAMOBalance(LearnedBalance):
    """Weighs losses so that the one that falls least, by share, falls more.

    With `z = softmax(xi)` the weights are `z_k / L_k`, divided by their sum. After each
    step xi moves by Adam against `J^T d`, where J is the Jacobian of the softmax and d
    is by how much the logarithm of each loss fell on the same rows. Scaling a loss
    changes nothing. Cost: the network is computed once more, before and after the step,
    for one in `every` rows.

    Liu et al. 2023 (FAMO, arXiv 2306.03792, algorithm 1). Theirs computes all rows
    again, with dropout; ours some rows without it, which costs less and is less noisy.
    The losses of the next batch would cost nothing, but they do not tell how much a
    step has done: with them the method fails where it should help most.

    Args:
        learning_rate: Of xi.
        decay: Pulls xi to zero: added to its gradient as `decay * xi`.
        every: Of as many rows of a batch one is looked at again; 1 is the paper's.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        learning_rate: PositiveFloat = 0.025,
        decay: NonNegative = 0.001,
        every: Positive = 8,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.learning_rate = learning_rate
        self.decay = decay
        self.every = every

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the losses' weights, `(K,)`, which sum to 1."""
        ops = keras.ops
        weights = known_softmax(self.learned.value, known) / positive(losses)
        return weights / ops.maximum(ops.sum(weights), 1e-30)

    def observe(self, before: Any, after: Any, known: Any) -> None:
        """Learns from how much each loss fell on the same rows."""
        ops = keras.ops
        fallen = ops.log(positive(before)) - ops.log(positive(after))
        fallen = only_known(fallen, known)
        shares = known_softmax(self.learned.value, known)
        gradient = shares * (fallen - ops.sum(shares * fallen))
        self.learn(gradient + self.decay * self.learned.value, known)
