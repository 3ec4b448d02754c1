"""`gradient_blending`: losses count by what their inputs generalise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from sensorium.nn.input_balance.base import InputBalance
from sensorium.nn.moment import Moment
from sensorium.schema.types import Fraction, NonNegative, Positive

FLOOR = 1e-6
"""Least square of the overfitting that a gain is divided by."""

Epoch = Mapping[str, float | None]


@keras.saving.register_keras_serializable("sensorium")
class GradientBlending(InputBalance):
    """Weighs the fused and the unimodal losses of each output by gain and overfitting.

    Wang, Tran and Feiszli 2020 (arXiv 1905.12681, equation 5, online). Over a window of
    epochs each head has a gain G, by which its validation loss fell, and an overfitting
    O, by which the distance between validation and training loss grew. Its weight is
    G / O^2, as a share of those of all heads of the output. Ours are multiplied by the
    number of these heads, so that equal shares are weights of 1, and stand from the
    first epoch to the end of the first window. G below 0 counts as 0, O^2 as at least
    1e-6; where nothing gained, the shares stay as they were. Training losses are those
    told in each epoch, a mean over its steps; the paper measures them afterwards.

    `sensorium.training.input_balance.Blending` is the callback that sets the weights;
    recipes have it. There must be validation rows.

    Args:
        window: Epochs between two changes of the weights, from 1.
        weight: How much a unimodal head's loss counts in its encoder, beside its share.
        dropout: Share of the rows, in [0, 1), for which each input is hidden from the
            fusion in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    steers = True

    def __init__(
        self,
        *,
        window: Positive = 5,
        weight: NonNegative = 1.0,
        dropout: Fraction = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight=weight, dropout=dropout, **kwargs)
        self.window = window

    def build(self, input_shape: Any) -> None:
        """Makes the weights, ones."""
        super().build(input_shape)
        self.weights_of_losses = self.add_weight(
            shape=(self.count,),
            initializer="ones",
            dtype="float32",
            trainable=False,
            name="weights_of_losses",
        )

    def loss_weights(self, moment: Moment) -> Any:
        """The weights of this window, `(K,)`.

        Args:
            moment: The step.
        """
        return self.weights_of_losses.value

    def learn_from(self, epochs: Sequence[Epoch], names: Sequence[str]) -> bool:
        """Takes the weights that follow from epochs that are over.

        Args:
            epochs: What each told: `{output}_loss` and `val_{output}_loss`.
            names: The outputs, in the order of the losses.

        Returns:
            Whether a window has ended, or none did yet.
        """
        weights = np.ones(self.count, "float32")
        whole = (len(epochs) - 1) // self.window
        for end in range(self.window, whole * self.window + 1, self.window):
            start, last = epochs[end - self.window], epochs[end]
            for fused, copies in self.groups.items():
                places = [fused, *copies.values()]
                own = [names[place] for place in places]
                shares = blended(_losses(start, own), _losses(last, own))
                if shares is not None:
                    weights[places] = shares * len(places)
        self.weights_of_losses.assign(weights)
        return (len(epochs) - 1) % self.window == 0


def blended(
    start: tuple[Sequence[float], Sequence[float]],
    end: tuple[Sequence[float], Sequence[float]],
) -> np.ndarray | None:
    """Shares of heads by G / O^2; `None` where none gained.

    Args:
        start: Training and validation losses of the heads where the window begins.
        end: The same where it ends.
    """
    (train_before, valid_before), (train, valid) = (np.asarray(x) for x in (start, end))
    gain = valid_before - valid
    over = (valid - train) - (valid_before - train_before)
    worth = np.maximum(gain, 0.0) / np.maximum(np.square(over), FLOOR)
    worth = np.where(np.isfinite(worth), worth, 0.0)
    total = worth.sum()
    return worth / total if total > 0 else None


def _losses(epoch: Epoch, names: Sequence[str]) -> tuple[list[float], list[float]]:
    return [_number(epoch.get(f"{name}_loss")) for name in names], [
        _number(epoch.get(f"val_{name}_loss")) for name in names
    ]


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
