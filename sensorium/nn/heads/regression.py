"""`regression`: one number, in the user's units."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import keras
import numpy as np

from sensorium.nn.heads.base import numbers
from sensorium.nn.heads.given_loss import described
from sensorium.nn.heads.scaled import ScaledHead
from sensorium.nn.present import PresentMetric, Target
from sensorium.schema.types import LossArgument


@keras.saving.register_keras_serializable("sensorium")
class Regression(ScaledHead):
    """Predicts a number; output and metrics are in the user's units, `(rows,)`.

    Labels are numbers, `(rows,)`; NaN is an absent label. Inside, the head predicts
    `(value - mean) / scale` with the mean and scale of the training labels that `adapt`
    was given, and the loss is computed on this scale, so that its size does not depend
    on the units. Huber's loss is quadratic up to one scale and linear beyond.

    A loss of your own gets labels and outputs, `(rows, 1)`, and gives one value a row.
    Losses of Keras that depend on differences alone are computed on the scale, too;
    all others, as percentages and functions of yours, in the user's units: there they
    can be of any size, and `weight` has to make up for it.

    Args:
        loss: `mse` (squared error), `huber`, `mae` (absolute error), `log_cosh`,
            `mape` (absolute error in percent) or `msle` (squared error of logarithms),
            or one of your own: a function, a Keras loss, its registered name, or a
            mapping with `type` and arguments, `{type: huber, delta: 0.5}`.
        **settings: Those of `ScaledHead`: `scale`, `weight`, `dropout`, `column`,
            `sample_weight` and `reads`; and Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "number"
    own_losses: ClassVar[tuple[str, ...]] = ("mse", "huber", "mae")

    def __init__(
        self,
        *,
        loss: Literal["mse", "huber", "mae", "log_cosh", "mape", "msle"]
        | LossArgument = "mse",
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.loss = described(loss, self.target)
        self.check_loss()

    def width(self) -> int:
        """One."""
        return 1

    def call(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """Returns values in the user's units, `(rows,)`."""
        scaled = self.linear(inputs, presence, training)[:, 0]
        return self.unscaled(scaled)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns `(rows,)`."""
        return (input_shape[0],)

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The loss of each row on the scale of the training labels, `(rows,)`."""
        ops = keras.ops
        given = self.given_loss()
        if given:
            scale = self.target_scale if given.of_differences else 1.0
            return given(labels / scale, outputs / scale)
        difference = (outputs - labels) / self.target_scale
        if self.loss == "mse":
            return ops.square(difference)
        size = ops.abs(difference)
        if self.loss == "mae":
            return size
        return ops.where(size <= 1.0, 0.5 * ops.square(difference), size - 0.5)

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """The mean absolute error, in the user's units."""
        return [PresentMetric(keras.metrics.MeanAbsoluteError(name="mae"), "number")]

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `value`, `(rows,)`, in float64."""
        return {"value": numbers(outputs)}
