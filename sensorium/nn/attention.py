"""Self-attention among the parts of one row, with absent parts left out."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.errors import DataError, sentence
from sensorium.nn.dense import dense, dropout, layer_norm


@keras.saving.register_keras_serializable("sensorium")
class Block(keras.layers.Layer):
    """A pre-norm transformer block: attention, then two dense layers, both residual.

    Vaswani et al. 2017, with the normalisation before each part (Xiong et al. 2020).
    Scores and softmax are computed in float32.

    Args:
        num_heads: Number of attention heads; divides the width of the parts.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's own.
    """

    def __init__(self, num_heads: int, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.dropout = dropout

    def build(self, input_shape: Any, present_shape: Any = None) -> None:
        """Makes the layers for parts of shape `(rows, parts, width)`."""
        policy, width = self.dtype_policy, input_shape[-1]
        if width % self.num_heads:
            text = f"expected a width that {self.num_heads} attention heads divide"
            raise DataError(sentence(f"layer `{self.name}`", text, width))
        self.attention_norm = layer_norm("attention_norm", policy)
        self.looking = dense(3 * width, name="looking", dtype=policy)
        self.joining = dense(width, name="joining", dtype=policy)
        self.dense_norm = layer_norm("dense_norm", policy)
        self.wide = dense(4 * width, "relu", name="wide", dtype=policy)
        self.narrow = dense(width, name="narrow", dtype=policy)
        self.drop = dropout(self.dropout, "drop", policy)
        for layer in (self.attention_norm, self.looking, self.joining):
            layer.build(input_shape)
        for layer in (self.dense_norm, self.wide):
            layer.build(input_shape)
        self.narrow.build((*input_shape[:-1], 4 * width))

    def call(self, inputs: Any, present: Any, training: bool | None = None) -> Any:
        """Returns parts of the same shape.

        Args:
            inputs: Parts, `(rows, parts, width)`.
            present: Which parts are there, boolean `(rows, parts)`.
            training: Whether dropout is at work.
        """
        attended = self.attend(self.attention_norm(inputs), present)
        x = inputs + self.drop(attended, training=training)
        mixed = self.narrow(self.wide(self.dense_norm(x)))
        return x + self.drop(mixed, training=training)

    def attend(self, parts: Any, present: Any) -> Any:
        """Attention over the parts that are there; zeros where there are none."""
        ops = keras.ops
        _, count, width = parts.shape
        shape = (-1, count, 3, self.num_heads, width // self.num_heads)
        looking = ops.cast(ops.reshape(self.looking(parts), shape), "float32")
        query, key, value = looking[:, :, 0], looking[:, :, 1], looking[:, :, 2]
        scores = ops.einsum("rqhw,rkhw->rhqk", query, key) * shape[-1] ** -0.5
        shown = ops.reshape(present, (-1, 1, 1, count))
        scores = ops.where(shown, scores, ops.full_like(scores, -1e9))
        share = ops.softmax(scores, axis=-1) * ops.cast(shown, "float32")
        mixed = ops.einsum("rhqk,rkhw->rqhw", share, value)
        mixed = ops.reshape(mixed, (-1, count, width))
        return self.joining(ops.cast(mixed, self.compute_dtype))
