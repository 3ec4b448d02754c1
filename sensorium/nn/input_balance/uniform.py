"""`uniform`: every input's encoder learns each output by itself, too."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.input_balance.base import InputBalance
from sensorium.schema.types import Fraction, NonNegative


@keras.saving.register_keras_serializable("sensorium")
class UniformInputBalance(InputBalance):
    """Adds the losses of unimodal heads, all with one weight.

    The loss is `L + weight * sum of L_m` over the inputs m: the uniform baseline of
    Wei and Hu 2024 (arXiv 2405.17730). Ours leaves the unimodal heads their own full
    loss: `weight` counts in the encoders. The heads see an input also where it is
    hidden from the fusion.

    Args:
        weight: How much a unimodal head's loss counts in its encoder.
        dropout: Share of the rows, in [0, 1), for which each input is hidden from the
            fusion in training; heads and dropout together did best in our test.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self, *, weight: NonNegative = 1.0, dropout: Fraction = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(weight=weight, dropout=dropout, **kwargs)
