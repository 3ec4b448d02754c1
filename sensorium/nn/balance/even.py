"""`even`: every loss pulls equally hard at what the outputs share."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.nn.balance.base import Balance, known_mean, only_known
from sensorium.nn.balance.learned import change
from sensorium.schema.types import Positive

_KEPT = 0.9
_LIMIT = 10.0


@keras.saving.register_keras_serializable("sensorium")
class EvenBalance(Balance):
    """Weighs losses by one over the length of their gradients on the shared part.

    `w_k = exp(mean_j log G_j - log G_k)`, where `log G_k` is a fading mean of the
    logarithms of the lengths measured so far: every gradient gets the geometric mean of
    all lengths, and scaling a loss changes nothing. Where few rows of a batch have
    labels, or labels are mostly noise, a gradient is long without saying much. Added up
    as it is, it sets the pace of Adam for all outputs, and its own labels are learned
    by heart before the others have learned anything.

    The fixed weight of an output is not divided out: one of weight 2 pulls twice as
    hard. Lengths are measured in turn, that of one output in every `interval` steps
    (and in each of the first steps), so that it costs a share of one backward pass,
    however many outputs there are. An output that was not measured yet has weight 1.

    It is GradNorm (Chen et al. 2018, arXiv 1711.02257) with `alpha` 0, but computed
    where that one learns; and the second half of DB-MTL (Lin et al. 2023, arXiv
    2308.12029), which measures all gradients in all steps, after a logarithm of the
    losses, and gives each the length of the longest.

    Args:
        interval: Of as many steps one measures.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    measures = True

    def __init__(self, interval: Positive = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.interval = interval

    def build(self, input_shape: Any) -> None:
        """Makes the means of logarithms, and counts of what was measured."""
        super().build(input_shape)
        self.logs = self.vector("logs")
        self.measured = self.vector("measured")
        self.steps = self.vector("steps")

    def turn(self, known: Any) -> Any:
        """Whose gradient is measured in this step: booleans `(K,)`, at most one."""
        ops = keras.ops
        steps = self.steps.value[0]
        # Before the count goes on: on torch what was read of it changes with it.
        rests = steps - self.interval * ops.floor(steps / self.interval)
        self.steps.assign(self.steps.value + ops.cast(ops.any(known), "float32"))
        new = ops.logical_and(known, self.measured.value < 0.5)
        due = ops.logical_or(ops.any(new), rests < 0.5)
        # The one that was measured least; of several the first.
        counts = ops.where(known, self.measured.value, 1e30)
        least = ops.one_hot(ops.argmin(counts), self.count, dtype="float32") > 0.5
        return ops.logical_and(ops.logical_and(least, known), due)

    def measure(self, whose: Any, length: Any) -> None:
        """Takes the length of a gradient into the mean of its output.

        Args:
            whose: What `turn` gave.
            length: The length of that loss's gradient on the shared part, `()`.
        """
        ops = keras.ops
        usable = ops.logical_and(ops.isfinite(length), length > 0)
        log = ops.log(ops.where(usable, length, ops.ones_like(length)))
        new = ops.logical_and(whose, usable)
        counts = self.measured.value + 1.0
        # Adam's correction: the first of them count alike until the mean fades.
        share = (1.0 - _KEPT) / (1.0 - ops.power(_KEPT, counts))
        change(self.logs, self.logs.value + share * (log - self.logs.value), new)
        change(self.measured, counts, new)

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the losses' weights, `(K,)`."""
        ops = keras.ops
        seen = self.measured.value > 0
        apart = known_mean(self.logs.value, seen) - self.logs.value
        weights = ops.exp(ops.clip(apart, -_LIMIT, _LIMIT))
        return only_known(ops.where(seen, weights, ops.ones_like(weights)), known)

    def lengths(self) -> np.ndarray:
        """Geometric means of what was measured, `(K,)`; NaN for what never was."""
        logs, measured = (
            np.asarray(keras.ops.convert_to_numpy(variable), "float64")
            for variable in (self.logs, self.measured)
        )
        return np.where(measured > 0, np.exp(logs), np.nan)
