"""`piecewise`: numbers as piecewise-linear encodings."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import keras
import numpy as np

from sensorium.nn.encoders.columns import Columns
from sensorium.schema.types import Count, Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class Piecewise(Columns):
    """Encodes each number by how far it reaches into each of `num_bins` bins.

    Entry t of the encoding is `(x - b_t) / (b_{t+1} - b_t)` clipped to [0, 1]; the
    value itself is appended. A linear layer for each column and a ReLU follow, then
    dense layers over all columns and flags (Gorishniy et al. 2022, section 3.2). The
    bins are those of a standard normal distribution and not fitted here: with a
    feature's quantile scaling they are the quantile bins of the paper. Unlike the
    paper, the outer bins are clipped on both sides, since the appended value goes on
    beyond them.

    Takes float `(rows, num_columns + num_flags)`: scaled numbers without missing
    values, then the flags that say where one was missing.

    Args:
        units: Width of the output.
        num_columns: Number of columns with numbers; `None` takes all but the flags.
        num_flags: Number of flags after them; `None` stands for none.
        num_bins: Number of bins for each column.
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
        num_bins: Positive = 16,
        embedding_dim: Positive = 16,
        num_layers: Positive = 2,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_columns = num_columns
        self.num_flags = num_flags
        self.num_bins = num_bins
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.dropout = dropout

    def spread(self, numbers: Any) -> Any:
        """Turns `(rows, columns)` into `(rows, columns, num_bins + 1)`."""
        ops = keras.ops
        low, inverse = (ops.convert_to_tensor(item) for item in _bins(self.num_bins))
        values = ops.expand_dims(numbers, -1)
        filled = ops.clip((values - low) * inverse, 0.0, 1.0)
        return ops.concatenate([filled, values], axis=-1)

    def spread_width(self) -> int:
        """The last axis of what `spread` returns."""
        return self.num_bins + 1


def _bins(count: int) -> tuple[Any, Any]:
    # The outermost knots stand at +-3 (99.7 % of a normal distribution lie between).
    inner = [NormalDist().inv_cdf(step / count) for step in range(1, count)]
    knots = np.array([-3.0, *inner, 3.0])
    low, width = knots[:-1], np.diff(knots)
    return low.astype("float32"), (1.0 / width).astype("float32")
