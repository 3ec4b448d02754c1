"""`transformer`: a text whose tokens look at each other."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.attention import Block
from sensorium.nn.dense import dense, dropout, layer_norm
from sensorium.nn.encoders.tokens import Tokens
from sensorium.nn.initializers import Uniform
from sensorium.nn.pooling import masked_mean
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class Transformer(Tokens):
    """A small transformer with learned positions, then the mean over the tokens.

    Blocks normalise before attention and before the dense layers (pre-norm). Padding is
    never looked at. Takes whole numbers `(rows, length)`, where 0 = padding and
    1 = unknown; the length is fixed when the layer is built. A row without tokens gives
    zeros before the last layer.

    Args:
        units: Width of the output.
        vocabulary_size: Number of token ids, 0 and 1 included.
        embedding_dim: Width of the token vectors; a multiple of `num_heads`.
        num_heads: Number of attention heads.
        num_layers: Number of blocks.
        dropout: Share of units set to zero in training, in every block.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    gives_tokens = True

    def __init__(
        self,
        units: Positive = 64,
        *,
        vocabulary_size: Positive | None = None,
        embedding_dim: Positive = 64,
        num_heads: Positive = 4,
        num_layers: Positive = 2,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.num_heads = num_heads
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, length)`."""
        self.build_table(input_shape)
        policy, shape = self.dtype_policy, (*input_shape, self.embedding_dim)
        self.positions = self.add_weight(
            shape=(input_shape[1], self.embedding_dim),
            initializer=Uniform(0.05),
            name="positions",
        )
        self.blocks = []
        for number in range(1, self.num_layers + 1):
            block = Block(
                self.num_heads, self.dropout, name=f"block_{number}", dtype=policy
            )
            block.build(shape)
            self.blocks.append(block)
        self.final_norm = layer_norm("final_norm", policy)
        self.final_norm.build(shape)
        self.drop = dropout(self.dropout, "drop", policy)
        self.output_layer = dense(self.units, "relu", name="output", dtype=policy)
        self.output_layer.build((input_shape[0], self.embedding_dim))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        x, present = self.tokens(inputs, training=training)
        mean = masked_mean(x, present)
        return self.output_layer(self.drop(mean, training=training))

    def tokens_shape(self, input_shape: Any) -> tuple[Any, Any, Any]:
        """Returns `(rows, length, embedding_dim)`."""
        return (*input_shape, self.embedding_dim)

    def tokens(self, inputs: Any, training: bool | None = None) -> tuple[Any, Any]:
        """The tokens after the blocks, `(rows, length, embedding_dim)`."""
        vectors, present = self.look_up(inputs)
        x = vectors + keras.ops.cast(self.positions, self.compute_dtype)
        for block in self.blocks:
            x = block(x, present, training=training)
        return self.final_norm(x), present
