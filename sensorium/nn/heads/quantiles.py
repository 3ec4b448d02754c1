"""`quantiles`: how low and how high a number may be."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, ClassVar, Literal

import keras
import numpy as np

from sensorium.nn.heads.base import numbers
from sensorium.nn.heads.scaled import ScaledHead
from sensorium.nn.present import PresentMetric, Target
from sensorium.schema.types import Levels


@keras.saving.register_keras_serializable("sensorium")
class Quantiles(ScaledHead):
    """Predicts quantiles of a number, in the user's units, `(rows, quantiles)`.

    Labels are numbers, `(rows,)`; NaN is an absent label. The loss of a row is the mean
    over the quantiles q of the pinball loss `max(q (y - f), (q - 1) (y - f))` (Koenker
    and Bassett 1978, Econometrica 46, equation 3.2), on the scale of the training
    labels that `adapt` was given.

    Quantiles never cross: the middle one is predicted, and beside it what lies between
    neighbours, through a softplus. They begin at those of a normal distribution with
    the mean and deviation of the training labels.

    Metrics are `mae` of the quantile nearest to the median and, of two or more
    quantiles, `coverage`: the share of labels from the lowest to the highest one.

    Args:
        quantiles: Which ones, greater than 0 and less than 1. The output has them in
            rising order, each once.
        loss: The only one.
        **settings: Those of `ScaledHead`: `scale`, `weight`, `dropout`, `column`,
            `sample_weight` and `reads`; and Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "number"

    def __init__(
        self,
        quantiles: Levels = (0.1, 0.5, 0.9),
        *,
        loss: Literal["pinball"] = "pinball",
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.quantiles = quantiles
        self.loss = loss

    def levels(self) -> tuple[float, ...]:
        """The quantiles in rising order, each once."""
        return tuple(sorted({float(level) for level in self.quantiles}))

    def width(self) -> int:
        """Number of quantiles."""
        return len(self.levels())

    def call(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """Returns the quantiles in the user's units, `(rows, quantiles)`."""
        ops = keras.ops
        raw = self.linear(inputs, presence, training)
        starts = [NormalDist().inv_cdf(level) for level in self.levels()]
        middle = self._middle()
        found = {middle: raw[:, middle] + starts[middle]}
        # One after the other, so that rounding cannot make them cross either.
        for at in range(middle + 1, len(starts)):
            step = _before(starts[at] - starts[at - 1])
            found[at] = found[at - 1] + ops.softplus(raw[:, at] + step)
        for at in range(middle - 1, -1, -1):
            step = _before(starts[at + 1] - starts[at])
            found[at] = found[at + 1] - ops.softplus(raw[:, at] + step)
        scaled = ops.stack([found[at] for at in range(len(starts))], axis=-1)
        return self.unscaled(scaled)

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The mean pinball loss of each row on the scale of the labels, `(rows,)`."""
        ops = keras.ops
        apart = (ops.expand_dims(labels, -1) - outputs) / self.target_scale
        levels = ops.convert_to_tensor(self.levels(), "float32")
        return ops.mean(ops.maximum(levels * apart, (levels - 1.0) * apart), axis=-1)

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """The error of the middle quantile, and the coverage of the outermost ones."""
        wrap = keras.metrics.MeanMetricWrapper
        found = [wrap(quantile_error, name="mae", place=self._middle())]
        if self.width() > 1:
            found.append(wrap(quantile_coverage, name="coverage"))
        return [PresentMetric(metric, "number") for metric in found]

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns each quantile, `(rows,)`, in float64: `q10` for 0.1, and so on."""
        columns = numbers(outputs).T
        return dict(zip(self.names(), columns, strict=True))

    def names(self) -> list[str]:
        """What the quantiles are called: `q2.5` for 0.025."""
        return [f"q{100 * level:.10g}" for level in self.levels()]

    def _middle(self) -> int:
        distances = [abs(level - 0.5) for level in self.levels()]
        return distances.index(min(distances))


@keras.saving.register_keras_serializable("sensorium")
def quantile_error(y_true: Any, y_pred: Any, place: int) -> Any:
    """Absolute error of each row's quantile at a place, `(rows,)`, for a metric."""
    return keras.ops.abs(y_true - y_pred[:, place])


@keras.saving.register_keras_serializable("sensorium")
def quantile_coverage(y_true: Any, y_pred: Any) -> Any:
    """Whether each label is from the lowest to the highest quantile, `(rows,)`."""
    inside = (y_true >= y_pred[:, 0]) & (y_true <= y_pred[:, -1])
    return keras.ops.cast(inside, "float32")


def _before(step: float) -> float:
    """What softplus makes `step` of."""
    return step + float(np.log(-np.expm1(-step)))
