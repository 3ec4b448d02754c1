"""`text_convolution`: a text by its most telling short runs of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from sensorium.nn.dense import convolution, dense, dropout
from sensorium.nn.encoders.tokens import Tokens
from sensorium.nn.pooling import masked_max
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class TextConvolution(Tokens):
    """Convolutions of several widths over token vectors, their maximum over the text.

    Kim 2014 ("Convolutional Neural Networks for Sentence Classification"), with padding
    so that texts shorter than a kernel work. Takes whole numbers `(rows, length)`,
    where 0 = padding and 1 = unknown; a row without tokens gives zeros before the last
    layer.

    Args:
        units: Width of the output.
        vocabulary_size: Number of token ids, 0 and 1 included.
        embedding_dim: Width of the token vectors.
        kernel_sizes: Lengths of the runs of tokens.
        filters: Number of patterns for each length.
        dropout: Share of units set to zero in training, before the last layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    gives_tokens = True

    def __init__(
        self,
        units: Positive = 64,
        *,
        vocabulary_size: Positive | None = None,
        embedding_dim: Positive = 64,
        kernel_sizes: Sequence[Positive] = (2, 3, 4),
        filters: Positive = 64,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.kernel_sizes = kernel_sizes
        self.filters = filters
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, length)`."""
        self.build_table(input_shape)
        policy = self.dtype_policy
        self.convolutions = []
        for index, size in enumerate(self.kernel_sizes):
            layer = convolution(
                1, self.filters, size, name=f"runs_{index}", dtype=policy
            )
            layer.build((*input_shape, self.embedding_dim))
            self.convolutions.append(layer)
        self.drop = dropout(self.dropout, "drop", policy)
        self.output_layer = dense(self.units, "relu", name="output", dtype=policy)
        width = len(self.kernel_sizes) * self.filters
        self.output_layer.build((input_shape[0], width))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        runs, present = self.tokens(inputs)
        found = masked_max(runs, present)
        return self.output_layer(self.drop(found, training=training))

    def tokens(self, inputs: Any, training: bool | None = None) -> tuple[Any, Any]:
        """What each pattern finds at each token, `(rows, length, patterns)`."""
        vectors, present = self.look_up(inputs)
        runs = [keras.ops.relu(layer(vectors)) for layer in self.convolutions]
        return keras.ops.concatenate(runs, axis=-1), present

    def tokens_shape(self, input_shape: Any) -> tuple[Any, Any, Any]:
        """Returns `(rows, length, patterns)`."""
        return (*input_shape, len(self.kernel_sizes) * self.filters)
