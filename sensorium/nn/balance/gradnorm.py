"""`gradnorm`: every loss learns at a like rate, by the norm of its gradient."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import known_mean, known_softmax, only_known, positive
from sensorium.nn.balance.learned import LearnedBalance, change
from sensorium.schema.types import NonNegative, PositiveFloat


@keras.saving.register_keras_serializable("sensorium")
class GradNormBalance(LearnedBalance):
    """Learns weights that bring the gradients' norms to what they should be.

    The norm `G_k = w_k ||g_k||` should be `mean(G) r_k^alpha`, where r_k is the share
    of its first value at which a loss stands, by the mean of these shares: what has
    fallen less gets the longer gradient. `w = K softmax(v)`, and v moves by Adam
    against the gradient of `sum_k |G_k - target_k|`, targets held still. Cost: a
    backward pass for each loss.

    Chen et al. 2018 (arXiv 1711.02257, equations 1 and 2). Ours differs: norms are
    those of the whole shared part, the paper's of its last layer; the softmax keeps the
    weights positive, where the paper divides by their sum; means are over the losses
    that are known.

    Args:
        alpha: How strongly slow losses are pulled along.
        learning_rate: Of v.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    needs_gradients = True

    def __init__(
        self,
        alpha: NonNegative = 1.5,
        learning_rate: PositiveFloat = 0.025,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.learning_rate = learning_rate

    def build(self, input_shape: Any) -> None:
        """Makes v and what remembers the first losses."""
        super().build(input_shape)
        self.first = self.vector("first")

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the losses' weights, `(K,)`, and learns the next ones."""
        ops = keras.ops
        change(
            self.first, positive(losses), ops.logical_and(known, self.steps.value < 0.5)
        )
        count = ops.sum(ops.cast(known, "float32"))
        shares = known_softmax(self.learned.value, known)
        norms = ops.sqrt(ops.maximum(ops.diag(gram), 0.0))
        weighed = count * shares * norms
        left = losses / positive(self.first.value)
        rates = left / ops.maximum(known_mean(left, known), 1e-30)
        rates = only_known(ops.maximum(rates, 1e-8), known)
        wanted = known_mean(weighed, known) * ops.power(rates, self.alpha)
        slopes = ops.sign(weighed - wanted) * norms
        gradient = count * shares * (slopes - ops.sum(shares * slopes))
        self.learn(gradient, known)
        return only_known(count * shares, known)
