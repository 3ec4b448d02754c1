"""`ordinal`: one of several classes that have an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.nn.heads.base import numbers
from sensorium.nn.heads.labelled import LabelledHead
from sensorium.nn.initializers import Constant
from sensorium.nn.present import PresentMetric, Target
from sensorium.schema.types import Positive

_SPEED = 5.0
"""A threshold is one weight, what it is compared with is a sum over many: without this
factor it would learn far slower."""

_LEAST = 1e-6  # between thresholds, so that no class has probability 0


@keras.saving.register_keras_serializable("sensorium")
class Ordinal(LabelledHead):
    """Predicts an ordered class; the output is one log probability for each.

    One number s a row is compared with rising thresholds t, which all rows share:
    `P(y <= k) = sigmoid(t_k - s)`, the proportional odds of McCullagh 1980 (Journal of
    the Royal Statistical Society B 42, equation 2.1). Thresholds rise through a
    softplus, so that no probability is negative. They begin where the training labels
    have their shares, as `adapt` was told them.

    - `cumulative_link`: the negative log probability of the label.
    - `coral`: the sum over the thresholds of the cross-entropy of "above or not" (Cao,
      Mirjalili and Raschka 2020, arXiv 1901.07884, equation 4, all tasks of weight 1;
      there the thresholds may come in any order).

    Labels are class ids from 0 in their order, `(rows,)`; any id below 0 is an absent
    label. Metrics are `accuracy` and `rank_error`, how many classes the most probable
    one is away from the label.

    Args:
        num_classes: Number of classes.
        order: The classes from the lowest to the highest, for a recipe. Numbers need
            none.
        loss: `cumulative_link` or `coral`.
        **settings: Those of `LabelledHead`: `weight`, `dropout`, `column`,
            `sample_weight` and `reads`; and Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "category"
    _combine: Callable[[Any, Any, Target], Any] | None = None

    def __init__(
        self,
        num_classes: Positive | None = None,
        *,
        order: Sequence[str | int | float] | None = None,
        loss: Literal["cumulative_link", "coral"] = "cumulative_link",
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.num_classes = num_classes
        self.order = order
        self.loss = loss

    def width(self) -> int:
        """One: what is compared with the thresholds."""
        return 1

    def join_members(self, combine: Callable[[Any, Any, Target], Any]) -> None:
        """Makes the head answer for every input alone: late fusion.

        What is joined are the classes' probabilities, as for `classification`.

        Args:
            combine: A late fusion's `combine`.
        """
        self._joined = lambda outputs, presence, target: outputs  # joined in `call`
        self._combine = combine

    def build(self, input_shape: Any) -> None:
        """Makes the layer for inputs of shape `(rows, width)`."""
        classes = int(self.need("num_classes"))
        if classes < 2:
            text = "ordered classes are at least two"
            raise DataError(sentence(f"output `{self.name}`", text, classes))
        super().build(input_shape)
        first, *steps = _thresholds(np.ones(classes))
        self.first = self._threshold("first_threshold", first / _SPEED, 1)
        self.steps = None  # two classes have one threshold
        if steps:
            self.steps = self._threshold("threshold_steps", 0.0, classes - 2)
            self.steps.assign(_before(steps))

    def adapt(self, counts: Sequence[int], classes: Sequence[object] = ()) -> None:
        """Takes class counts of the training rows: training begins at their shares.

        Args:
            counts: Number of labels of each class, by id.
            classes: The classes by id; not needed.
        """
        first, *steps = _thresholds(np.asarray(counts, np.float64) + 1.0)
        self.first.assign([first / _SPEED])
        if self.steps is not None:
            self.steps.assign(_before(steps))

    def call(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """Returns log probabilities, `(rows, classes)`."""
        logs = self._log_shares(self.linear(inputs, presence, training))
        if self._combine is None:
            return logs
        joined = self._combine(logs, presence, self.target)
        return keras.ops.log_softmax(joined, axis=-1)  # a mean of logs is none

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns `(rows, classes)`."""
        return (input_shape[0], int(self.need("num_classes")))

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The loss of each row, `(rows,)`."""
        ops = keras.ops
        classes = int(self.need("num_classes"))
        if self.loss == "cumulative_link":
            return -ops.sum(
                ops.one_hot(labels, classes, dtype="float32") * outputs, axis=-1
            )
        total = ops.zeros_like(outputs[:, 0])
        for rank in range(1, classes):
            below = ops.logsumexp(outputs[:, :rank], axis=-1)
            above = ops.logsumexp(outputs[:, rank:], axis=-1)
            total = total - ops.where(labels < rank, below, above)
        return total

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """The accuracy, and how many ranks predictions are away."""
        away = keras.metrics.MeanMetricWrapper(rank_error, name="rank_error")
        return [*super().metric_objects(), PresentMetric(away, "category")]

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `id`, `(rows,)`, and `probability`, `(rows, classes)`, in float64."""
        logs = numbers(outputs)
        powers = np.exp(logs - logs.max(axis=-1, keepdims=True))
        probability = powers / powers.sum(axis=-1, keepdims=True)
        return {"id": logs.argmax(axis=-1), "probability": probability}

    def _log_shares(self, value: Any) -> Any:
        """Log probabilities `(..., classes)` of what is compared, `(..., 1)`."""
        ops = keras.ops
        thresholds = _SPEED * self.first
        if self.steps is None:
            below, above = thresholds - value, value - thresholds
            return ops.log_sigmoid(ops.concatenate([below, above], axis=-1))
        gaps = ops.softplus(_SPEED * self.steps) + _LEAST
        thresholds = ops.concatenate([thresholds, thresholds + ops.cumsum(gaps)])
        below = ops.log_sigmoid(thresholds - value)
        above = ops.log_sigmoid(value - thresholds)
        # log(sigmoid(b) - sigmoid(a)), without losing digits where both are near 1.
        between = below[..., 1:] + above[..., :-1] + ops.log(-ops.expm1(-gaps))
        return ops.concatenate([below[..., :1], between, above[..., -1:]], axis=-1)

    def _threshold(self, name: str, value: float, size: int) -> Any:
        return self.add_weight(
            shape=(size,), initializer=Constant(value), dtype="float32", name=name
        )


@keras.saving.register_keras_serializable("sensorium")
def rank_error(y_true: Any, y_pred: Any) -> Any:
    """Ranks between each label and the most probable class, `(rows,)`."""
    ops = keras.ops
    away = ops.argmax(y_pred, axis=-1) - ops.cast(y_true, "int32")
    return ops.cast(ops.abs(away), "float32")


def _thresholds(counts: np.ndarray) -> list[float]:
    """The first threshold and the steps to the next, for classes of these shares."""
    shares = np.cumsum(counts)[:-1] / counts.sum()
    places = np.log(shares) - np.log1p(-shares)
    return [float(places[0]), *np.diff(places).tolist()]


def _before(steps: Sequence[float]) -> np.ndarray:
    """What softplus makes the steps of."""
    values = np.maximum(np.asarray(steps, np.float64) - _LEAST, _LEAST)
    before: np.ndarray = values + np.log(-np.expm1(-values))
    return (before / _SPEED).astype("float32")
