"""`embedding`: categories as learned vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.initializers import Uniform
from sensorium.nn.perceptron import Perceptron
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class Embedding(Encoder):
    """Looks up a vector for each category, joins those of all columns, then one layer.

    The columns share one table, so that a row costs one look-up. Takes whole numbers
    `(rows, columns)`, where 0 = missing and 1 = other; both have vectors of their own.
    An id outside its column's range is read as 1.

    Args:
        units: Width of the output.
        num_categories: Number of ids of each column, 0 and 1 included.
        embedding_dim: Width of each column's vector.
        num_layers: Number of dense layers over the joined vectors.
        dropout: Share of units set to zero in training, of the vectors and after each
            dense layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 64,
        *,
        num_categories: Sequence[Positive] | None = None,
        embedding_dim: Positive = 16,
        num_layers: Positive = 1,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_categories = num_categories
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the table for inputs of shape `(rows, columns)`."""
        self.need_rank(input_shape, 2, "(rows, columns)")
        sizes = [max(2, size) for size in self.need("num_categories")]
        if len(sizes) != input_shape[1]:
            text = f"`num_categories` has {len(sizes)} entries, one for each column"
            where, width = f"encoder `{self.name}`", f"{input_shape[1]} columns"
            raise DataError(sentence(where, text, width))
        self._sizes = np.array(sizes, "int32")
        self._offsets = np.cumsum([0, *sizes[:-1]]).astype("int32")
        self.table = self.add_weight(
            shape=(sum(sizes), self.embedding_dim),
            initializer=Uniform(0.05),
            name="table",
        )
        self.hidden = Perceptron(
            self.units,
            self.num_layers,
            self.dropout,
            name="hidden",
            dtype=self.dtype_policy,
        )
        self.hidden.build((input_shape[0], len(sizes) * self.embedding_dim))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        ids = ops.cast(inputs, "int32")
        sizes = ops.convert_to_tensor(self._sizes)
        inside = ops.logical_and(ids >= 0, ids < sizes)
        ids = ops.where(inside, ids, ops.ones_like(ids))
        ids = ids + ops.convert_to_tensor(self._offsets)
        vectors = ops.take(self.table, ids, axis=0)
        width = len(self._sizes) * self.embedding_dim
        return self.hidden(ops.reshape(vectors, (-1, width)), training=training)
