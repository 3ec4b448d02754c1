"""`cross_attention`: the tokens of each input look at those of all others."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.nn.dense import layer_norm
from sensorium.nn.fusion.attending import attending_blocks
from sensorium.nn.fusion.base import Fusion, any_of, present_mean_of
from sensorium.nn.fusion.tokenizing import Tokenizer, side_by_side
from sensorium.nn.pooling import masked_mean
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class CrossAttentionFusion(Fusion):
    """Lets the tokens of each input look at the tokens of all other inputs.

    In each layer `x <- Block(x)` over the tokens of all inputs, with
    `Block = x + softmax(Q K^T / sqrt(d)) V` and then a dense part, where a token looks
    only at tokens of other inputs; an input alone looks at itself. `z` is the mean over
    the inputs that are there of `norm(mean of x_m)`; a row with nothing present gets a
    learned vector. With T tokens in all a row costs
    `num_layers (2 T^2 units + 12 T units^2)`.

    Tsai et al. 2019 (MulT, arXiv 1906.00295, section 3.1) have a stack for each ordered
    pair of inputs, M (M - 1) of them, always keyed by the first layer's tokens; ours
    has one for all, whose tokens are told apart by what made them, and looks at the
    others as they are in that layer. So it grows no faster than attention among all
    tokens.

    Args:
        units: Width of the tokens and of the output.
        num_tokens: Tokens that an input of one vector becomes.
        num_heads: Number of attention heads; divides `units`.
        num_layers: Number of layers.
        dropout: Share of units set to zero in training, in every block.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    takes_tokens = True

    def __init__(
        self,
        units: Positive = 64,
        *,
        num_tokens: Positive = 4,
        num_heads: Positive = 4,
        num_layers: Positive = 1,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_tokens = num_tokens
        self.num_heads = num_heads
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        shapes, policy = self.check_shapes(inputs_shape), self.dtype_policy
        self.tokenizer = Tokenizer(
            self.units, self.num_tokens, name="tokenizer", dtype=policy
        )
        self.tokenizer.build(shapes)
        shape = (None, None, self.units)
        self.blocks = attending_blocks(
            self.num_layers, self.num_heads, self.dropout, shape, policy
        )
        self.final_norm = layer_norm("final_norm", policy)
        self.final_norm.build((None, self.units))
        self.make_nothing(self.units)

    def call(
        self,
        inputs: Any,
        presence: Any,
        token_masks: Any = None,
        training: bool | None = None,
    ) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        parts = self.parts(inputs, presence)
        pairs = self.tokenizer.cut(parts, token_masks)
        x, shown = side_by_side(pairs)
        owner, may = _of_others(pairs)
        others = ops.logical_and(ops.expand_dims(shown, 1), may)
        sizes = np.bincount(owner).tolist()
        for block in self.blocks:
            x, _ = block(x, None, others, training=training)
        edges = [sum(sizes[:place]) for place in range(1, len(sizes))]
        own = ops.split(x, edges, axis=1) if edges else [x]
        pooled = [
            (self.final_norm(masked_mean(tokens, shown)), here)
            for tokens, (_, shown), (_, here) in zip(own, pairs, parts, strict=True)
        ]
        return self.or_nothing(present_mean_of(pooled), any_of(pooled))

    def weights_by_input(
        self, inputs: Any = None, presence: Any = None, token_masks: Any = None
    ) -> dict[str, float | np.ndarray]:
        """How much of what is read came from each input, followed through the layers.

        In each layer an input keeps a part of its own and takes in what the others tell
        it: by how much is told by the lengths of both (see `Attending.flow`). Shares of
        attention alone would be a half each wherever there are two inputs, as each can
        only look at the other.

        Args:
            inputs: Encoded inputs, as for `call`.
            presence: Boolean `(rows, inputs)`; without it all are present.
            token_masks: As for `call`.
        """
        ops = keras.ops
        parts = self.parts(self.rows(inputs), presence)
        pairs = self.tokenizer.cut(parts, token_masks)
        x, shown = side_by_side(pairs)
        owner, may = _of_others(pairs)
        others = ops.logical_and(ops.expand_dims(shown, 1), may)
        found = np.eye(len(parts), dtype="float32")
        for block in self.blocks:
            found = ops.matmul(block.flow(x, shown, owner, may), found)
            x, _ = block(x, None, others)
        here = ops.cast(ops.concatenate([here for _, here in parts], 1), "float32")
        return self.shares_of(ops.einsum("rm,rmi->ri", here, found) * here)


def _of_others(pairs: Any) -> tuple[np.ndarray, np.ndarray]:
    """Whose each token is, by number, and whether a token may look at another.

    It may if that is of another input, or if its own is alone.
    """
    owner = np.repeat(np.arange(len(pairs)), [x.shape[1] for x, _ in pairs])
    return owner, (owner[:, None] != owner) | (len(pairs) == 1)
