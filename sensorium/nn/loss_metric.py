"""The loss of an output over all labels of an epoch, recorded while it is computed."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.present import present_mean
from sensorium.nn.row_mean import RowMean


@keras.saving.register_keras_serializable("sensorium")
class LossMetric(RowMean):
    """A loss's mean over the labels of all batches; NaN while there were none.

    Keras averages the batches' losses: a label in a batch with few of them counts for
    more, and a batch without labels for a loss of 0.

    Args:
        name: Name of the metric.
    """

    def update_state(
        self, values: Any, present: Any, sample_weight: Any = None
    ) -> None:
        """Takes in one batch: the loss of each row, and which rows have a label."""
        self.add_rows(values, present, sample_weight)


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
