"""`perceiver`: a few learned tokens read all others, however many there are."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.nn.dense import layer_norm
from sensorium.nn.fusion.attending import Attending, attending_blocks
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
class PerceiverFusion(Fusion):
    """Lets a few learned tokens look at the tokens of all inputs, then at each other.

    `L <- L + attention(L, [tokens of h_1; ...; tokens of h_M])`, then `num_layers`
    transformer blocks over L, then `z = norm(mean of L)`. Tokens of absent inputs are
    not looked at; with nothing present L stays what was learned. With N learned tokens
    and T of the inputs a row costs `2 N T units + 2 T units^2`: it grows with the
    number of the tokens.

    Jaegle et al. 2021 (arXiv 2103.03206, section 3.1) read the inputs again and again
    with shared weights, and mark positions with Fourier features; ours reads once, and
    positions and inputs are told apart by learned vectors.

    Args:
        units: Width of the tokens and of the output.
        num_latents: Number of learned tokens.
        num_tokens: Tokens that an input of one vector becomes.
        num_heads: Number of attention heads; divides `units`.
        num_layers: Number of blocks in which the learned tokens look at each other.
        dropout: Share of units set to zero in training, in every block.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    takes_tokens = True

    def __init__(
        self,
        units: Positive = 64,
        *,
        num_latents: Positive = 8,
        num_tokens: Positive = 4,
        num_heads: Positive = 4,
        num_layers: Positive = 1,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_latents = num_latents
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
        self.latents = self.add_weight(
            shape=(self.num_latents, self.units),
            initializer=Uniform(0.5),
            name="latents",
        )
        shape = (None, None, self.units)
        self.reading = Attending(
            self.num_heads, self.dropout, name="reading", dtype=policy
        )
        self.reading.build(shape, shape)
        self.blocks = attending_blocks(
            self.num_layers, self.num_heads, self.dropout, shape, policy
        )
        self.final_norm = layer_norm("final_norm", policy)
        self.final_norm.build((None, self.units))

    def call(
        self,
        inputs: Any,
        presence: Any,
        token_masks: Any = None,
        training: bool | None = None,
    ) -> Any:
        """Returns `(rows, units)`."""
        pairs = self.tokenizer.cut(self.parts(inputs, presence), token_masks)
        latents, _ = self._read(pairs, training)
        shown = keras.ops.ones_like(latents[:, :, 0], dtype="bool")
        for block in self.blocks:
            latents, _ = block(latents, None, shown, training=training)
        return self.final_norm(keras.ops.mean(latents, axis=1))

    def weights_by_input(
        self, inputs: Any = None, presence: Any = None, token_masks: Any = None
    ) -> dict[str, float | np.ndarray]:
        """How much the learned tokens look at each input.

        Args:
            inputs: Encoded inputs, as for `call`.
            presence: Boolean `(rows, inputs)`; without it all are present.
            token_masks: As for `call`.
        """
        parts = self.parts(self.rows(inputs), presence)
        pairs = self.tokenizer.cut(parts, token_masks)
        found = shares_by_input(self._read(pairs, None)[1], pairs)
        return dict(zip(self.names(len(found)), found, strict=True))

    def _read(self, pairs: Any, training: bool | None) -> tuple[Any, Any]:
        tokens, shown = side_by_side(pairs)
        latents, _ = for_every_row(self.latents, tokens)
        return self.reading(latents, tokens, shown, training=training)
