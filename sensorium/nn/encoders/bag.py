"""`bag`: a text as the weighted mean and the maximum of its tokens' vectors."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.dense import dropout
from sensorium.nn.encoders.tokens import Tokens
from sensorium.nn.initializers import Constant
from sensorium.nn.perceptron import Perceptron
from sensorium.nn.pooling import largest, masked_max
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class Bag(Tokens):
    """Averages token vectors, each token by a learned weight, then dense layers.

    A token's weight is `exp(score)` divided by the sum over the tokens of its text; the
    scores start at 0, so that training starts from the plain mean. Beside the mean
    stands the largest value of each entry over the tokens, by which one telling word
    decides in a long text. The order of tokens does not count. Takes whole numbers
    `(rows, length)`, where 0 = padding and 1 = unknown; a row without tokens is pooled
    to zeros.

    Args:
        units: Width of the output.
        vocabulary_size: Number of token ids, 0 and 1 included.
        embedding_dim: Width of the token vectors.
        weighted: Whether tokens have weights; `False` is the plain mean.
        maximum: Whether the maximum stands beside the mean.
        num_layers: Number of dense layers after the mean.
        dropout: Share of units set to zero in training, of what was pooled and after
            each dense layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 64,
        *,
        vocabulary_size: Positive | None = None,
        embedding_dim: Positive = 64,
        weighted: bool = True,
        maximum: bool = True,
        num_layers: Positive = 1,
        dropout: Fraction = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.weighted = weighted
        self.maximum = maximum
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the table for inputs of shape `(rows, length)`."""
        self.build_table(input_shape)
        if self.weighted:
            self.scores = self.add_weight(
                shape=(self.table.shape[0],), initializer=Constant(0.0), name="scores"
            )
        policy = self.dtype_policy
        self.pooled_dropout = dropout(self.dropout, "pooled_dropout", policy)
        self.hidden = Perceptron(
            self.units, self.num_layers, self.dropout, name="hidden", dtype=policy
        )
        width = self.embedding_dim * (2 if self.maximum else 1)
        self.hidden.build((input_shape[0], width))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        ids = self.clean(inputs)
        weights = ops.cast(self._weights(ids), self.compute_dtype)
        vectors = ops.cast(ops.take(self.table, ids, axis=0), self.compute_dtype)
        pooled = ops.einsum("rl,rlw->rw", weights, vectors)
        if self.maximum:
            highest = masked_max(vectors, ids > 0)
            pooled = ops.concatenate([pooled, highest], axis=-1)
        pooled = self.pooled_dropout(pooled, training=training)
        return self.hidden(pooled, training=training)

    def _weights(self, ids: Any) -> Any:
        ops = keras.ops
        shown = ops.cast(ids > 0, "float32")
        if self.weighted:
            scores = ops.take(self.scores, ids, axis=0)
            # Subtracting the largest changes nothing but keeps exp finite.
            highest = ops.expand_dims(largest(scores, (1,)), 1)
            shown = shown * ops.exp(scores - ops.stop_gradient(highest))
        total = ops.sum(shown, axis=1, keepdims=True)
        return shown / ops.where(total > 0, total, ops.ones_like(total))
