"""`periodic`: numbers as sines and cosines of learned frequencies."""

from __future__ import annotations

import math
from typing import Any

import keras

from sensorium.nn.encoders.columns import Columns
from sensorium.nn.initializers import Normal
from sensorium.schema.types import Count, Fraction, Positive, PositiveFloat


@keras.saving.register_keras_serializable("sensorium")
class Periodic(Columns):
    """Encodes each number x as `sin(2 pi c x)` and `cos(2 pi c x)`.

    The frequencies c are learned, `num_frequencies` for each column, and start normal
    with standard deviation `sigma`; the value itself is appended (our addition). A
    linear layer for each column and a ReLU follow, then dense layers over all columns
    and flags (Gorishniy et al. 2022, section 3.3).

    Takes float `(rows, num_columns + num_flags)`: scaled numbers without missing
    values, then the flags that say where one was missing.

    Args:
        units: Width of the output.
        num_columns: Number of columns with numbers; `None` takes all but the flags.
        num_flags: Number of flags after them; `None` stands for none.
        num_frequencies: Number of frequencies for each column.
        sigma: Standard deviation of the first frequencies; larger ones see finer steps.
        embedding_dim: Width of each column's embedding.
        num_layers: Number of dense layers over the joined embeddings.
        dropout: Share of units set to zero in training, after each dense layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 64,
        *,
        num_columns: Positive | None = None,
        num_flags: Count | None = None,
        num_frequencies: Positive = 16,
        sigma: PositiveFloat = 0.3,
        embedding_dim: Positive = 16,
        num_layers: Positive = 2,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_columns = num_columns
        self.num_flags = num_flags
        self.num_frequencies = num_frequencies
        self.sigma = sigma
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, columns + flags)`."""
        super().build(input_shape)
        self.frequencies = self.add_weight(
            shape=(self.kernel.shape[0], self.num_frequencies),
            initializer=Normal(self.sigma),
            name="frequencies",
        )

    def spread(self, numbers: Any) -> Any:
        """Turns `(rows, columns)` into `(rows, columns, 2 * num_frequencies + 1)`."""
        ops = keras.ops
        values = ops.expand_dims(numbers, -1)
        angles = values * ops.cast(self.frequencies, "float32") * (2.0 * math.pi)
        return ops.concatenate([ops.sin(angles), ops.cos(angles), values], axis=-1)

    def spread_width(self) -> int:
        """The last axis of what `spread` returns."""
        return 2 * self.num_frequencies + 1
