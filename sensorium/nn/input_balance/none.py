"""`none`: nothing is done about inputs that dominate."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.input_balance.base import InputBalance


@keras.saving.register_keras_serializable("sensorium")
class NoneInputBalance(InputBalance):
    """Trains the fused outputs alone, with the recipe's own `modality_dropout`.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    has_heads = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
