"""What the text encoders share: looking up tokens, and pooling over those present."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.encoders.base import Encoder
from sensorium.nn.initializers import Uniform


class Tokens(Encoder):
    """Base of the encoders of token ids `(rows, length)`, where 0 is padding.

    An id outside the vocabulary is read as 1 (unknown). A row without tokens gives a
    finite vector.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    vocabulary_size: int | None
    embedding_dim: int

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def build_table(self, input_shape: Any) -> None:
        """Makes the table of token vectors."""
        self.need_rank(input_shape, 2, "(rows, length)")
        self.table = self.add_weight(
            shape=(max(2, self.need("vocabulary_size")), self.embedding_dim),
            initializer=Uniform(0.05),
            name="table",
        )

    def look_up(self, inputs: Any) -> tuple[Any, Any]:
        """Returns vectors, and which tokens are there (boolean).

        Vectors of padding are zeros, so that nothing leaks through a convolution.
        """
        ops = keras.ops
        ids = self.clean(inputs)
        present = ids > 0
        vectors = ops.cast(ops.take(self.table, ids, axis=0), self.compute_dtype)
        shown = ops.expand_dims(present, -1)
        return ops.where(shown, vectors, ops.zeros_like(vectors)), present

    def clean(self, inputs: Any) -> Any:
        """Returns ids in range: unknown ones become 1."""
        ops = keras.ops
        ids = ops.cast(inputs, "int32")
        inside = ops.logical_and(ids >= 0, ids < self.table.shape[0])
        return ops.where(inside, ids, ops.ones_like(ids))
