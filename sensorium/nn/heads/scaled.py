"""What heads of one number share: the scale of the training labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from sensorium.nn.heads.labelled import LabelledHead
from sensorium.nn.initializers import Constant


class ScaledHead(LabelledHead):
    """A head whose labels are one number, which it learns on their own scale.

    Args:
        scale: Whether `adapt` is followed; `False` keeps mean 0 and scale 1.
        **settings: Those of `LabelledHead`: `weight`, `dropout`, `column`,
            `sample_weight` and `reads`; and Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, *, scale: bool = True, **settings: Any) -> None:
        super().__init__(**settings)
        self.scale = scale

    def build(self, input_shape: Any) -> None:
        """Makes the layer for inputs of shape `(rows, width)`."""
        super().build(input_shape)
        self.target_mean = self._statistic("target_mean", 0.0)
        self.target_scale = self._statistic("target_scale", 1.0)

    def adapt(self, mean: float, scale: float) -> None:
        """Takes the mean and standard deviation of the training labels.

        A scale that is 0 or not finite is read as 1.
        """
        if not self.scale:
            return
        usable = np.isfinite(scale) and scale > 0
        self.target_mean.assign(float(mean) if np.isfinite(mean) else 0.0)
        self.target_scale.assign(float(scale) if usable else 1.0)

    def unscaled(self, scaled: Any) -> Any:
        """Numbers on the scale of the training labels, in the user's units."""
        return scaled * self.target_scale + self.target_mean

    def _statistic(self, name: str, value: float) -> Any:
        return self.add_weight(
            shape=(),
            initializer=Constant(value),
            trainable=False,
            dtype="float32",
            name=name,
        )
