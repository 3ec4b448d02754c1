"""`uncertainty`: every loss is divided by a variance that is learned."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import only_known, positive
from sensorium.nn.balance.learned import LearnedBalance, change
from sensorium.schema.types import PositiveFloat

_LIMIT = 10.0


@keras.saving.register_keras_serializable("sensorium")
class UncertaintyBalance(LearnedBalance):
    """Weighs losses by `exp(-s) / 2` with a log variance s learned for each.

    The total is `sum_k 0.5 exp(-s_k) L_k + 0.5 s_k`. A loss of large numbers gets a
    large s and so a small weight; where s has settled at `log L_k` every loss counts as
    its logarithm does. Cost: none worth mentioning.

    Kendall, Gal and Cipolla 2018 (arXiv 1705.07115, equation 7). Ours differs: s begins
    at the log of the first loss (from 0, losses far apart in scale never meet) and
    stays within 10 of it, so that scaling a loss changes nothing; it is learned by an
    Adam of its own; and classification counts by the same formula as regression, while
    the paper leaves the half out of its first term.

    Args:
        learning_rate: Of the log variances. Slower than the losses fall, it leaves a
            loss that falls late more of a say.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, learning_rate: PositiveFloat = 0.003, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.learning_rate = learning_rate

    def build(self, input_shape: Any) -> None:
        """Makes the log variances."""
        super().build(input_shape)
        self.first = self.vector("first")
        self.seen = self.vector("seen")

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the losses' weights, `(K,)`, and learns the variances."""
        ops = keras.ops
        before = self.seen.value > 0
        new = ops.logical_and(known, ops.logical_not(before))
        logs = ops.log(positive(losses))
        change(self.first, logs, new)
        change(self.learned, logs, new)
        change(self.seen, ops.ones_like(logs), known)
        shares = ops.exp(-self.learned.value)
        # Where s has just begun its slope is zero but for rounding: nothing to learn.
        slopes = 0.5 - 0.5 * shares * losses
        self.learn(slopes, ops.logical_and(known, before))
        low, high = self.first.value - _LIMIT, self.first.value + _LIMIT
        self.learned.assign(ops.clip(self.learned.value, low, high))
        return only_known(0.5 * shares, known)
