"""`gru`: a text read token by token, in both directions."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.dense import dense, dropout
from sensorium.nn.encoders.tokens import Tokens
from sensorium.nn.initializers import Constant, Glorot, Orthogonal
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class GRU(Tokens):
    """Two gated recurrent units, one from each end; padding is skipped.

    Takes whole numbers `(rows, length)`, where 0 = padding and 1 = unknown; a row
    without tokens gives zeros before the last layer. Slower than `bag` by far: one step
    for each token.

    Args:
        units: Width of the output.
        vocabulary_size: Number of token ids, 0 and 1 included.
        embedding_dim: Width of the token vectors.
        state_size: Width of the state of each direction.
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
        state_size: Positive = 64,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.state_size = state_size
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, length)`."""
        self.build_table(input_shape)
        shape = (*input_shape, self.embedding_dim)
        self.forward_reader = self._reader("forward", backwards=False)
        self.backward_reader = self._reader("backward", backwards=True)
        self.forward_reader.build(shape)
        self.backward_reader.build(shape)
        policy = self.dtype_policy
        self.drop = dropout(self.dropout, "drop", policy)
        self.output_layer = dense(self.units, "relu", name="output", dtype=policy)
        self.output_layer.build((input_shape[0], 2 * self.state_size))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        forward, backward, _ = self._read(inputs, training)
        # Padding hands the state on, so that the last one is that of the whole text.
        joined = keras.ops.concatenate([forward[:, -1], backward[:, -1]], axis=-1)
        return self.output_layer(self.drop(joined, training=training))

    def tokens(self, inputs: Any, training: bool | None = None) -> tuple[Any, Any]:
        """Both states at each token, `(rows, length, 2 * state_size)`."""
        forward, backward, present = self._read(inputs, training)
        both = [forward, keras.ops.flip(backward, axis=1)]
        return keras.ops.concatenate(both, axis=-1), present

    def tokens_shape(self, input_shape: Any) -> tuple[Any, Any, Any]:
        """Returns `(rows, length, 2 * state_size)`."""
        return (*input_shape, 2 * self.state_size)

    def _read(self, inputs: Any, training: bool | None) -> tuple[Any, Any, Any]:
        """The states of both readers in the order of their reading, and the mask."""
        vectors, present = self.look_up(inputs)
        states = [
            reader(vectors, mask=present, training=training)
            for reader in (self.forward_reader, self.backward_reader)
        ]
        return states[0], states[1], present

    def _reader(self, name: str, *, backwards: bool) -> Any:
        return keras.layers.GRU(
            self.state_size,
            go_backwards=backwards,
            return_sequences=True,
            kernel_initializer=Glorot(),
            recurrent_initializer=Orthogonal(),
            bias_initializer=Constant(0.0),
            use_cudnn=False,
            name=name,
            dtype=self.dtype_policy,
        )
