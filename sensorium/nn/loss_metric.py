"""The loss of an output over all labels of an epoch, recorded while it is computed."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.present import present_mean


@keras.saving.register_keras_serializable("sensorium")
class LossMetric(keras.metrics.Metric):
    """A loss's mean over the labels of all batches; NaN while there were none.

    Keras averages the batches' losses: a label in a batch with few of them counts for
    more, and a batch without labels for a loss of 0.

    Args:
        name: Name of the metric.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=name, dtype="float32")
        self.total = self.add_variable((), initializer="zeros", name="total")
        self.count = self.add_variable((), initializer="zeros", name="count")

    def update_state(
        self, values: Any, present: Any, sample_weight: Any = None
    ) -> None:
        """Takes in one batch: the loss of each row, and which rows have a label."""
        ops = keras.ops
        weights = ops.cast(present, "float32")
        if sample_weight is not None:
            weights = weights * ops.reshape(ops.cast(sample_weight, "float32"), (-1,))
        shown = ops.where(weights > 0, values, ops.zeros_like(values))
        self.total.assign_add(ops.sum(shown * weights))
        self.count.assign_add(ops.sum(weights))

    def result(self) -> Any:
        """Returns the mean over all batches since the last reset."""
        ops = keras.ops
        count = ops.convert_to_tensor(self.count)
        some = count > 0
        mean = self.total / ops.where(some, count, ops.ones_like(count))
        return ops.where(some, mean, float("nan"))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"name": self.name}


class RecordedLoss(keras.losses.Loss):
    """A loss that is recorded whenever it is computed.

    Not by the metric itself: on JAX it could not read what the loss depends on, e.g.
    the weights of classes.

    Args:
        loss: The loss; it gives the losses of rows by `rows`, as `Present` does.
        metric: What records it.
    """

    def __init__(self, loss: Any, metric: LossMetric) -> None:
        super().__init__(name=loss.name, dtype="float32")
        self.loss = loss
        self.metric = metric

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the mean over the rows with a label, a scalar."""
        values, present = self.loss.rows(y_true, y_pred)
        self.metric.update_state(values, present, sample_weight)
        return present_mean(values, present, sample_weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each row, `(rows,)`, for labels that are all there."""
        return self.loss.call(y_true, y_pred)
