"""A mean over the rows with a label, of all batches since the last reset."""

from __future__ import annotations

from typing import Any

import keras


class RowMean(keras.metrics.Metric):
    """What metrics share that average values of rows; NaN while there were none.

    A label counts the same in every batch, however many labels the batch has.

    Args:
        name: Name of the metric.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=name, dtype="float32")
        self.total = self.add_variable((), initializer="zeros", name="total")
        self.count = self.add_variable((), initializer="zeros", name="count")

    def add_rows(self, values: Any, present: Any, sample_weight: Any = None) -> None:
        """Takes in one batch.

        Args:
            values: One value a row, `(rows,)`; anything where the row does not count.
            present: Which rows have a label, boolean `(rows,)`.
            sample_weight: How much each row counts, `(rows,)`; `None` counts all alike.
        """
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
