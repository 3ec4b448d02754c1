"""A transformer block in which some tokens look at others."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.nn.dense import dense, dropout, layer_norm
from sensorium.nn.fusion.base import masked_softmax


@keras.saving.register_keras_serializable("sensorium")
class Attending(keras.layers.Layer):
    """Lets tokens look at other tokens (or at each other), then mixes their units.

    `x <- x + softmax(Q K^T / sqrt(d)) V`, then `x <- x + FFN(norm(x))` (Vaswani et al.
    2017, section 3), with the normalisation before each part (Xiong et al. 2020).
    Tokens that are not there get no share; where none is there nothing is added. Scores
    and softmax are computed in float32. Cost: `2 T_q T_k units + (10 T_q + 2 T_k)
    units^2` a row.

    Args:
        num_heads: Number of attention heads; divides the width of the tokens.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's own.
    """

    def __init__(self, num_heads: int, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.dropout = dropout

    def build(self, queries_shape: Any, keys_shape: Any = None) -> None:
        """Makes the layers; without `keys_shape` the tokens look at each other."""
        policy, width = self.dtype_policy, queries_shape[-1]
        if width % self.num_heads:
            text = f"expected a width that {self.num_heads} attention heads divide"
            raise DataError(sentence(f"layer `{self.name}`", text, width))
        self.query_norm = layer_norm("query_norm", policy)
        self.key_norm = layer_norm("key_norm", policy) if keys_shape else None
        self.query = dense(width, name="query", dtype=policy)
        self.key_value = dense(2 * width, name="key_value", dtype=policy)
        self.joining = dense(width, name="joining", dtype=policy)
        self.dense_norm = layer_norm("dense_norm", policy)
        self.wide = dense(4 * width, "relu", name="wide", dtype=policy)
        self.narrow = dense(width, name="narrow", dtype=policy)
        self.drop = dropout(self.dropout, "drop", policy)
        shape = (None, None, width)
        norms = [self.query_norm, self.dense_norm]
        for layer in [*norms, self.query, self.key_value, self.joining, self.wide]:
            layer.build(shape)
        if self.key_norm is not None:
            self.key_norm.build(shape)
        self.narrow.build((None, None, 4 * width))

    def call(
        self, queries: Any, keys: Any, shown: Any, training: bool | None = None
    ) -> tuple[Any, Any]:
        """Returns tokens like `queries`, and the shares `(rows, heads, T_q, T_k)`.

        Args:
            queries: Tokens that look, `(rows, T_q, width)`.
            keys: Tokens that are looked at, `(rows, T_k, width)`; `None` is `queries`.
            shown: Which of these are there, boolean `(rows, T_k)`, or may be looked at
                by each that looks, `(rows, T_q, T_k)`.
            training: Whether dropout is at work.
        """
        looking = self.query_norm(queries)
        seen = looking if self.key_norm is None else self.key_norm(keys)
        attended, shares = self.attend(looking, seen, shown)
        x = queries + self.drop(attended, training=training)
        mixed = self.narrow(self.wide(self.dense_norm(x)))
        return x + self.drop(mixed, training=training), shares

    def attend(self, looking: Any, seen: Any, shown: Any) -> tuple[Any, Any]:
        """Attention of normalised tokens, and its shares in float32."""
        ops, width = keras.ops, looking.shape[-1]
        shares, value = self._shares(looking, seen, shown)
        mixed = ops.einsum("rhqk,rkhw->rqhw", shares, value)
        mixed = ops.reshape(mixed, (-1, looking.shape[1], width))
        return self.joining(ops.cast(mixed, self.compute_dtype)), shares

    def flow(self, tokens: Any, shown: Any, groups: Any, may: Any = True) -> Any:
        """Of what groups of tokens are made after they looked at each other.

        A token becomes `x_q + sum_k f_qk`, where `f_qk` is its share of token k times
        what k says, `a_qk W_o v_k`. Of group g it takes `|sum_{k in g} f_qk|`, of its
        own group `|x_q|` too, and all divided by their sum. The norms are those of
        Kobayashi et al. 2021 (arXiv 2109.07152, section 3); we leave the normalisation
        layers and the dense part out, and sum over a group before the norm is taken.

        Args:
            tokens: `(rows, T, width)`.
            shown: Which of them are there, boolean `(rows, T)`.
            groups: The group of each token, 0, 1, ...: NumPy integers `(T,)`.
            may: Which may look at which, booleans `(T, T)`; all if left out.

        Returns:
            Shares of 1, `(rows, groups, groups)`: of the first from the second; the
            mean over the tokens of the first that are there.
        """
        ops = keras.ops
        member = np.eye(int(groups.max()) + 1, dtype="float32")[groups]
        member = ops.convert_to_tensor(member)
        looking = self.query_norm(tokens)
        seen = ops.logical_and(ops.expand_dims(shown, 1), may)
        shares, value = self._shares(looking, looking, seen)
        told = ops.einsum("rhqk,rkhw,kg->rqghw", shares, value, member)
        shape = (-1, tokens.shape[1], member.shape[1], tokens.shape[2])
        told = ops.cast(ops.reshape(told, shape), self.compute_dtype)
        told = ops.matmul(told, ops.cast(self.joining.kernel, self.compute_dtype))
        sizes = _norm(told) + ops.expand_dims(_norm(tokens), -1) * member
        sizes = sizes / ops.maximum(ops.sum(sizes, axis=-1, keepdims=True), 1e-12)
        there = ops.expand_dims(ops.cast(shown, "float32"), -1) * member
        there = there / ops.maximum(ops.sum(there, axis=1, keepdims=True), 1.0)
        return ops.einsum("rqg,rqf->rfg", sizes, there)

    def _shares(self, looking: Any, seen: Any, shown: Any) -> tuple[Any, Any]:
        """Shares `(rows, heads, T_q, T_k)`, and what the tokens say, by head."""
        ops, width = keras.ops, looking.shape[-1]
        query = self._heads(self.query(looking))
        both = self.key_value(seen)
        key, value = self._heads(both[..., :width]), self._heads(both[..., width:])
        scores = ops.einsum("rqhw,rkhw->rhqk", query, key) * query.shape[-1] ** -0.5
        shown = ops.expand_dims(shown, 1) if len(shown.shape) == 2 else shown
        return masked_softmax(scores, ops.expand_dims(shown, 1)), value

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        own = {"num_heads": self.num_heads, "dropout": self.dropout}
        return {**super().get_config(), **own}

    def _heads(self, tokens: Any) -> Any:
        shape = (-1, tokens.shape[1], self.num_heads, tokens.shape[2] // self.num_heads)
        return keras.ops.cast(keras.ops.reshape(tokens, shape), "float32")


def _norm(vectors: Any) -> Any:
    """Length of each vector, in float32."""
    ops = keras.ops
    return ops.sqrt(ops.sum(ops.square(ops.cast(vectors, "float32")), axis=-1))


def attending_blocks(
    number: int, num_heads: int, dropout: float, shape: Any, policy: Any
) -> list[Attending]:
    """Built blocks of self-attention, for tokens of this shape.

    Args:
        number: How many.
        num_heads: Number of attention heads.
        dropout: Share of units set to zero in training.
        shape: `(rows, tokens, width)`.
        policy: Keras's dtype policy.
    """
    blocks = []
    for count in range(1, number + 1):
        block = Attending(num_heads, dropout, name=f"block_{count}", dtype=policy)
        block.build(shape)
        blocks.append(block)
    return blocks
