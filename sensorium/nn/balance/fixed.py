"""`fixed`: every loss counts by its output's weight, in every step."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import Balance, only_known


@keras.saving.register_keras_serializable("sensorium")
class FixedBalance(Balance):
    """Leaves the losses as they are: the sum of loss times the output's `weight`.

    It is what every other balance must beat; with weights found on validation rows few
    do (Xin et al. 2022; Kurin et al. 2022, arXiv 2201.04122). A network that is
    compiled with it makes Keras's own steps.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns ones, `(K,)`."""
        return only_known(keras.ops.ones_like(losses), known)
