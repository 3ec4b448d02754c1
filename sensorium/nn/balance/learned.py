"""What balances share that learn numbers of their own, one for each loss."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import Balance

_MEAN, _SQUARE, _EPSILON = 0.9, 0.999, 1e-8


class LearnedBalance(Balance):
    """A balance with an Adam of its own (Kingma and Ba 2015, algorithm 1).

    Steps are counted for each loss alone, so that a loss without labels changes
    nothing of its own.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    learning_rate: float

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def build(self, input_shape: Any) -> None:
        """Makes the numbers that are learned, and Adam's."""
        super().build(input_shape)
        self.learned = self.vector("learned")
        self.gradient_mean = self.vector("gradient_mean")
        self.gradient_square = self.vector("gradient_square")
        self.steps = self.vector("steps")

    def learn(self, gradient: Any, known: Any) -> None:
        """Moves the learned numbers against a gradient, where they are known.

        Args:
            gradient: `(K,)`.
            known: Booleans `(K,)`.
        """
        ops = keras.ops
        steps = self.steps.value + ops.cast(known, "float32")
        mean = _MEAN * self.gradient_mean.value + (1 - _MEAN) * gradient
        square = self.gradient_square.value
        square = _SQUARE * square + (1 - _SQUARE) * ops.square(gradient)
        counted = ops.maximum(steps, 1.0)
        corrected = mean / (1 - ops.power(_MEAN, counted))
        scale = ops.sqrt(square / (1 - ops.power(_SQUARE, counted))) + _EPSILON
        moved = self.learned.value - self.learning_rate * corrected / scale
        change(self.learned, moved, known)
        change(self.gradient_mean, mean, known)
        change(self.gradient_square, square, known)
        self.steps.assign(steps)


def change(variable: Any, values: Any, where: Any) -> None:
    """Sets the entries of a variable where a mask says so."""
    variable.assign(keras.ops.where(where, values, variable.value))
