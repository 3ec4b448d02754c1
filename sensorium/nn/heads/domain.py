"""`Domain`: an input's encoding shall not tell which table a row came from."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np

from sensorium.nn.dense import dense
from sensorium.nn.heads.base import Head, numbers
from sensorium.nn.present import Target
from sensorium.schema.types import NonNegative, Positive


@keras.saving.register_keras_serializable("sensorium")
class Domain(Head):
    """Learns which table a row came from, while the encoder learns to hide it.

    DANN (Ganin et al. 2016, arXiv 1505.07818, section 4.2): the head goes down its
    loss, the encoder goes up it, by a layer that passes values on as they are and
    gradients times `-strength * l`, with l = 2 / (1 + exp(-10 p)) - 1 and p the share
    of all steps that is done (section 5.2.2). Labels are the number of the row's table;
    -1 where that is of no account. The head serves one step of training.

    Args:
        reads: The input.
        num_tables: How many tables there are.
        strength: How much the encoder minds, against the other losses.
        units: Width of the hidden layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "category"

    def __init__(
        self,
        reads: str,
        num_tables: Positive,
        *,
        strength: NonNegative = 1.0,
        units: Positive = 64,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.reads = reads
        self.num_tables = num_tables
        self.strength = strength
        self.units = units
        self.weight = 1.0
        self.dropout = 0.0
        self.loss = "crossentropy"
        self.all_steps = 1
        """Steps of training in all, which `l` rises over."""

    def width(self) -> int:
        """Number of tables."""
        return int(self.num_tables)

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, width)`."""
        self.hidden = dense(self.units, name="hidden", dtype="float32")
        self.hidden.build(input_shape)
        super().build((input_shape[0], self.units))
        self.done = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="done", dtype="float32"
        )

    def call(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """Returns logits, `(rows, tables)`; passes gradients on reversed."""
        ops = keras.ops
        share = ops.minimum(self.done / self.all_steps, 1.0)
        if training:
            self.done.assign_add(1.0)
        factor = self.strength * (2.0 / (1.0 + ops.exp(-10.0 * share)) - 1.0)
        hidden = self.hidden(reversed_gradient(ops.cast(inputs, "float32"), factor))
        return self.linear(ops.relu(hidden), presence, training)

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The cross-entropy of each row, `(rows,)`."""
        logs = keras.ops.log_softmax(outputs, axis=-1)
        hot = keras.ops.one_hot(labels, self.width(), dtype="float32")
        return -keras.ops.sum(hot * logs, axis=-1)

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `id`, `(rows,)`: the table that each row is taken to come from."""
        return {"id": numbers(outputs).argmax(axis=-1)}


def reversed_gradient(values: Any, factor: Any) -> Any:
    """The same values, but a gradient goes on to them times `-factor`.

    Args:
        values: A tensor.
        factor: A number of at least 0.
    """
    return keras.ops.stop_gradient((1.0 + factor) * values) - factor * values
