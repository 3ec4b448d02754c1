"""What every decoder does: one vector a row in, one value of a known shape out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import keras

from sensorium.errors import DataError, sentence
from sensorium.nn.layer import DeclaredLayer


class Decoder(DeclaredLayer):
    """Turns vectors `(rows, width)` into values `(rows, *shape)`.

    A subclass has a constructor of its own, `build(input_shape)` and `call(inputs,
    training=None)`. It treats every row by itself (no batch normalisation); its output
    is float32 under every precision policy.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    axes: ClassVar[tuple[str, ...]] = ()
    """The axes of the shape in words; none where it may have any, from one."""

    shape: Sequence[int] | None
    activation: Literal["linear", "sigmoid"]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns `(rows, *shape)`."""
        return (input_shape[0], *self.sizes())

    def sizes(self) -> tuple[int, ...]:
        """The shape of one row's value, which the data give.

        Raises:
            DataError: If nobody gave the shape, or it has another number of axes.
        """
        where = f"decoder `{self.name}`"
        if self.shape is None:
            text = f"`{type(self).__name__}` needs `shape` to be built"
            fix = "Give `shape=`, that of one row's value."
            raise DataError(sentence(where, text, fix=fix))
        shape = tuple(int(size) for size in self.shape)
        if not shape or len(shape) != (len(self.axes) or len(shape)):
            form = ", ".join(self.axes) or "size, ..."
            text = f"`{type(self).__name__}` gives values of shape ({form})"
            raise DataError(sentence(where, text, f"`shape` {shape}"))
        return shape

    def need_vectors(self, input_shape: Any) -> None:
        """Raises `DataError` unless the input is `(rows, width)`."""
        if len(input_shape) != 2 or input_shape[1] is None:
            text = f"`{type(self).__name__}` takes an input of shape (rows, width)"
            where = f"decoder `{self.name}`"
            raise DataError(sentence(where, text, tuple(input_shape)))

    def finished(self, values: Any) -> Any:
        """The last step of every decoder: its activation, in float32."""
        values = keras.ops.cast(values, "float32")
        return keras.ops.sigmoid(values) if self.activation == "sigmoid" else values
