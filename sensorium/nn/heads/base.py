"""What every head does: an output, its loss over the labels there, its metrics."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.nn.dense import dense, dropout, members
from sensorium.nn.layer import DeclaredLayer
from sensorium.nn.present import Present, PresentMetric, Target


class Head(DeclaredLayer):
    """Turns fused vectors `(rows, width)` into one output.

    The output is computed in float32 under every precision policy. A subclass has a
    constructor of its own with `loss`, `weight`, `dropout` and `reads`, and tells the
    width of its output.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target]
    """What the labels are, see `sensorium.nn.present`."""

    loss: Any
    weight: float
    dropout: float
    reads: str | None
    """The input whose encoding alone it sees; `None` is the fused vector."""
    of: str | None = None
    """The input that its labels are made of; `None` where labels are given."""
    _joined: Any = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def width(self) -> int:
        """Width of the layer's output."""
        raise NotImplementedError

    def join_members(self, combine: Any) -> None:
        """Makes the head answer for every input alone: late fusion.

        It takes `(rows, inputs, width)` then, and has weights for each input.

        Args:
            combine: A late fusion's `combine`.
        """
        self._joined = combine

    def build(self, input_shape: Any) -> None:
        """Makes the layer for inputs of shape `(rows, width)`."""
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)
        self.output_layer = (
            dense(self.width(), name="output", dtype="float32")
            if self._joined is None
            else members(input_shape[1], self.width(), name="output")
        )
        self.output_layer.build(input_shape)

    def linear(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """The output before what the subclass makes of it: `(rows, width)`, float32."""
        inputs = self.drop(inputs, training=training)
        outputs = self.output_layer(keras.ops.cast(inputs, "float32"))
        if self._joined is None:
            return outputs
        return self._joined(outputs, presence, self.target)

    def call(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """Returns logits, `(rows, width)`.

        Args:
            inputs: Fused vectors, or one input's encoding, `(rows, width)`.
            presence: Which inputs are there, boolean `(rows, inputs)`; only late fusion
                needs it.
            training: Whether dropout works.
        """
        return self.linear(inputs, presence, training)

    def learn_shape(self, shape: Any) -> None:
        """Takes the shape of one row of the input `of`, before `build`."""
        raise NotImplementedError

    def label_from(self, values: Any, present: Any) -> Any:
        """Labels made of the input `of`: absent (NaN) where the input is.

        Args:
            values: The input as the network takes it.
            present: Booleans `(rows,)`, or `None` where every row is present.
        """
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns `(rows, width)`."""
        return (input_shape[0], self.width())

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The loss of each row, `(rows,)`, for labels that are all there."""
        raise NotImplementedError

    def loss_function(self) -> keras.losses.Loss:
        """The loss for `compile`: a mean over the labels that are there."""
        return Present(self.row_loss, self.target, name=str(self.loss))

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """New metrics for `compile`, over the labels that are there."""
        return [PresentMetric("accuracy", self.target)]

    def absent(self, outputs: Any) -> Any:
        """Labels that say "absent" for every row of these outputs."""
        ops = keras.ops
        if self.target in ("flags", "box"):
            return ops.full_like(ops.cast(outputs, "float32"), float("nan"))
        flat = ops.cast(outputs, "float32")
        flat = flat if len(flat.shape) == 1 else flat[:, 0]
        value = -1.0 if self.target == "category" else float("nan")
        return ops.full_like(flat, value)

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Turns the outputs of some rows into named arrays, in float64."""
        raise NotImplementedError

    def need(self, argument: str) -> Any:
        """Returns an argument that the data give; raises `DataError` if nobody did."""
        value = getattr(self, argument)
        if value is None:
            text = f"`{type(self).__name__}` needs `{argument}` to be built"
            fix = f"Give `{argument}=`; a recipe takes it from the fitted target."
            raise DataError(sentence(f"output `{self.name}`", text, fix=fix))
        return value


def numbers(outputs: Any) -> np.ndarray:
    """A network's outputs as a float64 NumPy array."""
    return np.asarray(keras.ops.convert_to_numpy(outputs), dtype=np.float64)
