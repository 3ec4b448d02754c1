"""`geometric`: the geometric mean of the losses is what falls."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.balance.base import Balance, known_mean, only_known
from sensorium.schema.types import PositiveFloat


@keras.saving.register_keras_serializable("sensorium")
class GeometricBalance(Balance):
    """Learns from `(prod_k L_k)^(1/K)`, in which the scale of no loss matters.

    The weight of a loss is `mean / (K L_k)`: a loss counts by the share by which it
    falls. The smaller a loss gets, the more it counts, so one that is nearly solved may
    take over; `floor` stops that. Cost: none worth mentioning. The mean is over the
    losses that are known.

    Chennupati et al. 2019 (MultiNet++, arXiv 1904.08492, section 3.2). The floor is
    ours, and the mean is computed from logarithms.

    Args:
        floor: The least that a loss is divided by.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, floor: PositiveFloat = 1e-8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.floor = floor

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the losses' weights, `(K,)`."""
        ops = keras.ops
        losses = ops.maximum(losses, self.floor)
        mean = ops.exp(known_mean(ops.log(losses), known))
        count = ops.maximum(ops.sum(ops.cast(known, "float32")), 1.0)
        return only_known(mean / (count * losses), known)
