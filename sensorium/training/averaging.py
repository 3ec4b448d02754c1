"""Averages of the weights over the last steps, which generalise better than the last.

Polyak and Juditsky (1992) average all steps with equal weights; ours fades, so that the
first steps are soon forgotten.
"""

from __future__ import annotations

from typing import Any

import keras

from sensorium.training.optimizer import single_optimizers

SHARE = 0.05
"""Steps over which the averages fade to 1/e, as a share of all steps of a stage."""


def average_weights(optimizer: keras.optimizers.Optimizer, steps: int) -> None:
    """Makes an optimizer that is not built yet keep fading averages of the weights.

    One that keeps averages anyway (`use_ema`) goes on with its own momentum.

    Args:
        optimizer: Any Keras optimizer.
        steps: How many steps it will make.
    """
    for single in _averaged(optimizer):
        if not single.use_ema:
            single.use_ema = True
            single.ema_momentum = 1.0 - 1.0 / max(SHARE * steps, 1.0)
        single.ema_overwrite_frequency = None


def _averaged(optimizer: Any) -> list[Any]:
    """The optimizers inside but those whose stage wants no averages of them."""
    singles = single_optimizers(optimizer)
    return [one for one in singles if getattr(one, "takes_averages", True)]


class Averages(keras.callbacks.Callback):
    """Puts the averages in place of the weights where an epoch ends.

    Validation and all callbacks after this one see the averages; the steps go on from
    the weights themselves. It must stand before callbacks that keep weights.
    """

    def __init__(self) -> None:
        super().__init__()
        self.are_in_place = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Puts the weights back."""
        if self.are_in_place:
            self._swap()

    def on_test_begin(self, logs: Any = None) -> None:
        """Puts the averages in place for validation."""
        if not self.are_in_place:
            self._swap()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Puts the averages in place where there was no validation."""
        self.on_test_begin()

    def _swap(self) -> None:
        if not self.model.optimizer.built:  # before its first step it has none
            return
        for optimizer in _averaged(self.model.optimizer):
            if optimizer.built:  # one whose variables are all frozen never is
                _exchange(optimizer)
        self.are_in_place = not self.are_in_place


def _exchange(optimizer: Any) -> None:
    averages = optimizer._model_variables_moving_average
    for variable, average in zip(optimizer._trainable_variables, averages, strict=True):
        if average is not None:
            before = keras.ops.copy(variable.value)
            variable.assign(average.value)
            average.assign(before)
