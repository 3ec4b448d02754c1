"""`dwa`: losses that fall more slowly from epoch to epoch count more."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import Balance, only_known, positive
from sensorium.schema.types import PositiveFloat


@keras.saving.register_keras_serializable("sensorium")
class DWABalance(Balance):
    """Weighs losses by how they fell between the last two epochs.

    `w_k = K softmax_k(r_k / temperature)` with `r_k = L_k(t - 1) / L_k(t - 2)`, means
    over epochs; the first two epochs weigh all the same. Scaling a loss changes no
    ratio, and so nothing: losses of different scale stay so. An epoch in which a loss
    was never known is left out for it. Cost: none worth mentioning.

    Liu, Johns and Davison 2019 (arXiv 1803.10704, equation 7).

    Args:
        temperature: The higher, the more equal the weights.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, temperature: PositiveFloat = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.temperature = temperature

    def build(self, input_shape: Any) -> None:
        """Makes the sums of this epoch and the means of the two before."""
        super().build(input_shape)
        self.total = self.vector("total")
        self.steps = self.vector("steps")
        self.last = self.vector("last")
        self.before = self.vector("before")
        self.shares = self.vector("shares", 1.0)

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the losses' weights, `(K,)`, the same for a whole epoch."""
        self.total.assign(self.total.value + only_known(losses, known))
        self.steps.assign(self.steps.value + keras.ops.cast(known, "float32"))
        return only_known(self.shares.value, known)

    def end_epoch(self) -> None:
        """Takes the epoch's means, and from them the weights of the next."""
        ops = keras.ops
        new = self.steps.value > 0
        if not bool(ops.any(new)):
            return
        mean = self.total.value / ops.maximum(self.steps.value, 1.0)
        before = ops.where(new, self.last.value, self.before.value)
        last = ops.where(new, mean, self.last.value)
        falls = ops.where(before > 0, last / positive(before), 1.0)
        shares = self.count * ops.softmax(falls / self.temperature)
        for variable, value in (
            (self.before, before),
            (self.last, last),
            (self.shares, shares if bool(ops.any(before > 0)) else self.shares.value),
            (self.total, ops.zeros_like(mean)),
            (self.steps, ops.zeros_like(mean)),
        ):
            variable.assign(value)
