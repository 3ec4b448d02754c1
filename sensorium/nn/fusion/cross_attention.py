"""`cross_attention`: the tokens of each input look at those of all others."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.dense import layer_norm
from sensorium.nn.fusion.attending import Attending
from sensorium.nn.fusion.base import Fusion, any_of, present_mean_of
from sensorium.nn.fusion.tokenizing import Tokenizer, side_by_side
from sensorium.nn.pooling import masked_mean
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class CrossAttentionFusion(Fusion):
    """Lets the tokens of each input look at the tokens of all other inputs.

    In each layer `x_m <- Block_m(x_m, [x_k for k != m])` for every input at once, with
    `Block = x + softmax(Q K^T / sqrt(d)) V`, then a dense part; an input alone looks at
    itself. `z` is the mean over the inputs that are there of `norm(mean of x_m)`; a row
    with nothing present gets a learned vector. With T tokens in all a row costs
    `num_layers (T^2 units + 12 T units^2)`.

    Tsai et al. 2019 (MulT, arXiv 1906.00295, section 3.1) have a stack for each ordered
    pair of inputs, M (M - 1) of them, always keyed by the first layer's tokens; ours
    has one for each input, that looks at all others at once, as they are in that layer.

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
        self.layers_of = []
        for number in range(1, self.num_layers + 1):
            for index in range(len(shapes)):
                name = f"block_{number}_{index}"
                block = Attending(self.num_heads, self.dropout, name=name, dtype=policy)
                block.build(shape, shape)
                self.layers_of.append(block)
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
        parts = self.parts(inputs, presence)
        pairs = self.tokenizer.cut(parts, token_masks)
        for number in range(self.num_layers):
            start = number * len(pairs)
            blocks = self.layers_of[start : start + len(pairs)]
            pairs = _layer(blocks, pairs, training)
        pooled = [
            (self.final_norm(masked_mean(tokens, shown)), here)
            for (tokens, shown), (_, here) in zip(pairs, parts, strict=True)
        ]
        return self.or_nothing(present_mean_of(pooled), any_of(pooled))


def _layer(blocks: Any, pairs: Any, training: bool | None) -> list[tuple[Any, Any]]:
    """Every input's tokens after they looked at the others."""
    found = []
    for index, (block, (tokens, here)) in enumerate(zip(blocks, pairs, strict=True)):
        others = [pair for place, pair in enumerate(pairs) if place != index]
        keys, shown = side_by_side(others or pairs)
        x, _ = block(tokens, keys, shown, training=training)
        found.append((x, here))
    return found
