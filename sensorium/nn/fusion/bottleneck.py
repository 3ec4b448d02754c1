"""`bottleneck`: inputs tell each other only what passes through a few tokens."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.nn.dense import layer_norm
from sensorium.nn.fusion.attending import Attending
from sensorium.nn.fusion.base import Fusion, any_of, present_mean_of
from sensorium.nn.fusion.tokenizing import Tokenizer, for_every_row, side_by_side
from sensorium.nn.initializers import Uniform
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class BottleneckFusion(Fusion):
    """Gives every input a transformer of its own that shares a few tokens with others.

    In each layer `[x_m; F_m] <- Block_m([x_m; F])` for every input, then F is the mean
    of the F_m of the inputs that are there. `z = norm(mean of F)`; with nothing present
    F stays what was learned. With T_m
    tokens and B shared ones a row costs, in each layer and for each input,
    `2 (T_m + B)^2 units + 12 (T_m + B) units^2`: it grows with the number of inputs.

    Nagrani et al. 2021 (MBT, arXiv 2107.00135, section 3.2), from the
    first layer on, since encoders come before. They classify each input's own token and
    average the logits; ours reads the shared tokens.

    Args:
        units: Width of the tokens and of the output.
        num_bottlenecks: Number of shared tokens.
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
        num_bottlenecks: Positive = 4,
        num_tokens: Positive = 4,
        num_heads: Positive = 4,
        num_layers: Positive = 2,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_bottlenecks = num_bottlenecks
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
        self.shared = self.add_weight(
            shape=(self.num_bottlenecks, self.units),
            initializer=Uniform(0.5),
            name="shared",
        )
        self.layers_of = []
        for number in range(1, self.num_layers + 1):
            for index in range(len(shapes)):
                name = f"block_{number}_{index}"
                block = Attending(self.num_heads, self.dropout, name=name, dtype=policy)
                block.build((None, None, self.units))
                self.layers_of.append(block)
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
        parts = self.parts(inputs, presence)
        pairs = self.tokenizer.cut(parts, token_masks)
        here = [here for _, here in parts]
        shared = for_every_row(self.shared, pairs[0][0])
        for number in range(self.num_layers):
            start = number * len(pairs)
            blocks = self.layers_of[start : start + len(pairs)]
            shared, pairs = self._layer(blocks, pairs, shared, here, training)
        return self.final_norm(keras.ops.mean(shared[0], axis=1))

    def weights_by_input(
        self, inputs: Any = None, presence: Any = None, token_masks: Any = None
    ) -> dict[str, float | np.ndarray]:
        """How much of the shared tokens came from each input, through all layers.

        See `Attending.flow`. What is left in them of what was learned counts for no
        input.

        Args:
            inputs: Encoded inputs, as for `call`.
            presence: Boolean `(rows, inputs)`; without it all are present.
            token_masks: As for `call`.
        """
        ops = keras.ops
        parts = self.parts(self.rows(inputs), presence)
        pairs = self.tokenizer.cut(parts, token_masks)
        shared = for_every_row(self.shared, pairs[0][0])
        here = [here for _, here in parts]
        # From whom: the inputs, and last what was learned.
        every = ops.convert_to_tensor(np.eye(len(pairs) + 1, dtype="float32"))
        own, common = [every[i : i + 1] for i in range(len(pairs))], every[-1:]
        for number in range(self.num_layers):
            start = number * len(pairs)
            blocks = self.layers_of[start : start + len(pairs)]
            own, common = self._flowed(blocks, pairs, shared, here, own, common)
            shared, pairs = self._layer(blocks, pairs, shared, here, None)
        shown = ops.cast(ops.concatenate(here, axis=1), "float32")
        return self.shares_of(common[:, :-1] * shown)

    def _flowed(
        self, blocks: Any, pairs: Any, shared: Any, here: Any, own: Any, common: Any
    ) -> tuple[list[Any], Any]:
        """Of what each input's tokens, and the shared ones, are made after a layer."""
        ops, kept, told = keras.ops, [], []
        for block, pair, present, mine in zip(blocks, pairs, here, own, strict=True):
            x, every = side_by_side([pair, shared])
            groups = np.repeat([0, 1], [pair[0].shape[1], shared[0].shape[1]])
            flow = block.flow(x, every, groups)
            kept.append(flow[:, 0, :1] * mine + flow[:, 0, 1:] * common)
            told.append((flow[:, 1, :1] * mine + flow[:, 1, 1:] * common, present))
        mean = ops.where(any_of(told), present_mean_of(told), common)
        return kept, mean

    def _layer(
        self, blocks: Any, pairs: Any, shared: Any, here: Any, training: bool | None
    ) -> tuple[Any, Any]:
        ops, own, told = keras.ops, [], []
        for block, (tokens, shown), present in zip(blocks, pairs, here, strict=True):
            x, every = side_by_side([(tokens, shown), shared])
            x, _ = block(x, None, every, training=training)
            count = tokens.shape[1]
            own.append((x[:, :count], shown))
            told.append((x[:, count:], ops.expand_dims(present, -1)))
        mean = ops.where(any_of(told), present_mean_of(told), shared[0])
        return (mean, shared[1]), own
