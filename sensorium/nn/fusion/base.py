"""What every fusion does, and its promise about absent inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from sensorium.nn.layer import DeclaredLayer


class Fusion(DeclaredLayer):
    """Joins encoded inputs into one vector a row.

    `call(inputs, presence, training=None)` takes a list of tensors `(rows, width_i)`
    and a boolean tensor `(rows, inputs)`, and returns `(rows, units)`. Every fusion
    promises that where an input is absent its values do not count, whatever they are
    (NaN too), that no gradient reaches them, and that a row with nothing present is
    finite.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    units: int

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def compute_output_shape(
        self, inputs_shape: Any, presence_shape: Any = None
    ) -> tuple[Any, int]:
        """Returns `(rows, units)`."""
        return (inputs_shape[0][0], self.units)

    def parts(self, inputs: Sequence[Any], presence: Any) -> list[tuple[Any, Any]]:
        """Pairs of one input's values and its presence `(rows, 1)`.

        Where an input is absent its values are zeros, and no gradient passes.
        """
        ops = keras.ops
        presence = ops.cast(presence, "bool")
        pairs = []
        for index, values in enumerate(inputs):
            here = presence[:, index : index + 1]
            clean = ops.where(here, values, ops.zeros_like(values))
            pairs.append((ops.cast(clean, self.compute_dtype), here))
        return pairs
