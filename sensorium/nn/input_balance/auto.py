"""`auto`: unimodal heads and hidden inputs where encoders learn from scratch."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.input_balance.base import InputBalance
from sensorium.schema.types import Fraction, NonNegative


@keras.saving.register_keras_serializable("sensorium")
class AutoInputBalance(InputBalance):
    """Balances the inputs of a stage in which two or more encoders begin from nothing.

    Such encoders get unimodal heads, and each input is hidden now and then, as with
    `uniform`. Nothing is done where fewer than two encoders learn that no earlier stage
    or file has taught, where the fusion is a late one (its members learn apart), or
    where the stage balances its losses.

    Args:
        weight: How much a unimodal head's loss counts in its encoder.
        dropout: Share of the rows, in [0, 1), for which each input is hidden from the
            fusion in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self, *, weight: NonNegative = 0.2, dropout: Fraction = 0.05, **kwargs: Any
    ) -> None:
        super().__init__(weight=weight, dropout=dropout, **kwargs)
