"""`Member`: what a head of a late fusion says of one input alone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.nn.encoded import mode
from sensorium.nn.heads.base import Head
from sensorium.schema.types import Count, NonNegative, Positive


@keras.saving.register_keras_serializable("sensorium")
class Member(Head):
    """One input's part of a head that a late fusion joins, as a head of its own.

    It has no weights but the head's, and gives what the head gives where this input
    alone is there. So members can be trained and asked one by one.

    Args:
        head: The head, built in a network with a late fusion.
        index: Number of the input, from 0.
        count: How many inputs there are.
        weight: Factor of the loss in the sum of all.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        head: Any,
        index: Count,
        count: Positive,
        *,
        weight: NonNegative = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.head = head
        self.index = index
        self.count = count
        self.weight = weight
        self.loss = head.loss
        self.reads = None
        setattr(self, "target", head.target)  # noqa: B010  # it is the head's

    def join_members(self, combine: Any) -> None:
        """Nothing: the head is joined by its own network."""

    def build(self, input_shape: Any) -> None:
        """Makes nothing."""

    def call(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """Returns the head's output for one input.

        Args:
            inputs: What the late fusion gives, `(rows, inputs, width)`.
            presence: Does not count.
            training: Whether dropout works.
        """
        ops = keras.ops
        none = ops.zeros((ops.shape(inputs)[0], self.count), dtype="bool")
        shown = ops.logical_or(none, np.arange(self.count) == self.index)
        return self.head(inputs, presence=shown, training=mode(self.head, training))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns that of the head."""
        shape: tuple[Any, ...] = self.head.compute_output_shape(input_shape)
        return shape

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The head's loss of each row."""
        return self.head.row_loss(labels, outputs)

    def loss_function(self) -> keras.losses.Loss:
        """The head's loss."""
        found: keras.losses.Loss = self.head.loss_function()
        return found

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """The head's metrics."""
        found: list[keras.metrics.Metric] = self.head.metric_objects()
        return found

    def absent(self, outputs: Any) -> Any:
        """Labels that say "absent" for every row of these outputs."""
        return self.head.absent(outputs)

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """What the head's outputs mean."""
        found: dict[str, np.ndarray] = self.head.decode(outputs)
        return found
