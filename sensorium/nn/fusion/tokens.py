"""`tokens`: a transformer over the tokens of all inputs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.nn.dense import layer_norm
from sensorium.nn.fusion.attending import attending_blocks
from sensorium.nn.fusion.base import Fusion
from sensorium.nn.fusion.tokenizing import (
    Tokenizer,
    for_every_row,
    shares_by_input,
    side_by_side,
)
from sensorium.nn.initializers import Uniform
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class TokensFusion(Fusion):
    """Lets the tokens of all inputs look at each other, and reads a token of its own.

    `x = [CLS; tokens of h_1; ...; tokens of h_M]`, then `num_layers` transformer
    blocks, then `z = relu(norm(CLS))`. Tokens of absent inputs are not looked at; with
    nothing present the token sees itself alone. With T tokens in all a row costs
    `num_layers (2 T^2 units + 12 T units^2)`.

    Gorishniy et al. 2021 (FT-Transformer, arXiv 2106.11959, section 3.3). Their tokens
    are columns and their first block has no normalisation before attention; ours are
    inputs, each of several tokens, and all blocks are alike.

    Args:
        units: Width of the tokens and of the output.
        num_tokens: Tokens that an input of one vector becomes.
        num_heads: Number of attention heads; divides `units`.
        num_layers: Number of transformer blocks.
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
        num_layers: Positive = 2,
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
        self.cls = self.add_weight(
            shape=(1, self.units), initializer=Uniform(0.05), name="cls"
        )
        shape = (None, None, self.units)
        self.blocks = attending_blocks(
            self.num_layers, self.num_heads, self.dropout, shape, policy
        )
        self.final_norm = layer_norm("final_norm", policy)
        self.final_norm.build(shape)

    def call(
        self,
        inputs: Any,
        presence: Any,
        token_masks: Any = None,
        training: bool | None = None,
    ) -> Any:
        """Returns `(rows, units)`."""
        pairs = self.tokenizer.cut(self.parts(inputs, presence), token_masks)
        x, _ = self._looked(pairs, training)
        return keras.ops.relu(self.final_norm(x)[:, 0])

    def weights_by_input(
        self, inputs: Any = None, presence: Any = None, token_masks: Any = None
    ) -> dict[str, float | np.ndarray]:
        """How much the token that is read looks at each input, in the last block.

        Args:
            inputs: Encoded inputs, as for `call`.
            presence: Boolean `(rows, inputs)`; without it all are present.
            token_masks: As for `call`.
        """
        parts = self.parts(self.rows(inputs), presence)
        pairs = self.tokenizer.cut(parts, token_masks)
        _, shares = self._looked(pairs, None)
        found = shares_by_input(shares[:, :, :1], pairs, skip=1)
        return dict(zip(self.names(len(found)), found, strict=True))

    def _looked(self, pairs: Any, training: bool | None) -> tuple[Any, Any]:
        first = for_every_row(self.cls, pairs[0][0])
        x, shown = side_by_side([first, *pairs])
        shares = None
        for block in self.blocks:
            x, shares = block(x, None, shown, training=training)
        return x, shares
