"""Inputs as tokens of one width, for the fusions that attend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from sensorium.nn.dense import dense
from sensorium.nn.fusion.base import input_norm
from sensorium.nn.initializers import Uniform


@keras.saving.register_keras_serializable("sensorium")
class Tokenizer(keras.layers.Layer):
    """Turns each input into tokens `(rows, tokens, units)` and says which are there.

    An input of one vector becomes `num_tokens` tokens by a learned projection each:
    with one token alone, attention to it would be 1 whatever it says. Tokens of an
    encoder are projected one by one and get a learned position. The projection's bias
    tells the inputs apart. All pass a layer normalisation first.

    Args:
        units: Width of the tokens.
        num_tokens: Tokens that an input of one vector becomes.
        **kwargs: Keras's own.
    """

    def __init__(self, units: int, num_tokens: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_tokens = num_tokens

    def build(self, shapes: Any) -> None:
        """Makes the layers for a list of `(rows, width)` or `(rows, tokens, width)`."""
        policy = self.dtype_policy
        self.norms, self.projections, self.positions = [], [], []
        for index, shape in enumerate(shapes):
            self.norms.append(input_norm(f"norm_{index}", shape, policy))
            units = self.units * (1 if len(shape) == 3 else self.num_tokens)
            layer = dense(units, name=f"projection_{index}", dtype=policy)
            layer.build(shape)
            self.projections.append(layer)
            self.positions.append(self._position(index, shape))

    def cut(
        self, parts: Sequence[tuple[Any, Any]], masks: Sequence[Any] | None
    ) -> list[tuple[Any, Any]]:
        """Pairs of tokens `(rows, T, units)` and which are there, `(rows, T)`.

        Args:
            parts: Values and presence of each input, as `Fusion.parts` gives them.
            masks: For each input which of its tokens count, `(rows, T)`, or `None`.
        """
        ops = keras.ops
        masks = masks or [None] * len(parts)
        found = []
        for index, (values, here) in enumerate(parts):
            mask = masks[index] if len(values.shape) == 3 else None
            if mask is not None:
                mask = ops.cast(mask, "bool")
                shown = ops.expand_dims(mask, -1)
                values = ops.where(shown, values, ops.zeros_like(values))
            tokens = self.projections[index](self.norms[index](values))
            if len(values.shape) == 2:
                tokens = ops.reshape(tokens, (-1, self.num_tokens, self.units))
            if self.positions[index] is not None:
                tokens = tokens + ops.cast(self.positions[index], tokens.dtype)
            every = ops.logical_and(here, ops.ones_like(tokens[:, :, 0], dtype="bool"))
            found.append(
                (tokens, every if mask is None else ops.logical_and(every, mask))
            )
        return found

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        own = {"units": self.units, "num_tokens": self.num_tokens}
        return {**super().get_config(), **own}

    def _position(self, index: int, shape: Any) -> Any:
        if len(shape) == 2 or shape[1] is None:
            return None
        return self.add_weight(
            shape=(shape[1], self.units),
            initializer=Uniform(0.05),
            name=f"positions_{index}",
            autocast=False,
        )


def side_by_side(pairs: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """All tokens of a row as one sequence, and which are there."""
    ops = keras.ops
    tokens = ops.concatenate([tokens for tokens, _ in pairs], axis=1)
    return tokens, ops.concatenate([shown for _, shown in pairs], axis=1)


def for_every_row(learned: Any, like: Any) -> tuple[Any, Any]:
    """Learned tokens `(T, units)` once for each row of `like`, all of them there."""
    ops = keras.ops
    zeros = ops.zeros_like(like[:, :1, :])
    tokens = ops.expand_dims(ops.cast(learned, like.dtype), 0) + zeros
    return tokens, ops.ones_like(tokens[:, :, 0], dtype="bool")


def shares_by_input(
    shares: Any, pairs: Sequence[tuple[Any, Any]], skip: int = 0
) -> list[float]:
    """How much of what is looked at lies in each input; sums to 1.

    Args:
        shares: Shares of attention, `(rows, heads, queries, tokens)`.
        pairs: The inputs' tokens in the order in which they were looked at.
        skip: Tokens before them that belong to no input.
    """
    ops = keras.ops
    by_token = ops.convert_to_numpy(ops.mean(shares, axis=(0, 1, 2)))
    found, start = [], skip
    for tokens, _ in pairs:
        end = start + tokens.shape[1]
        found.append(float(by_token[start:end].sum()))
        start = end
    total = sum(found)
    return [share / total if total > 0 else 0.0 for share in found]
