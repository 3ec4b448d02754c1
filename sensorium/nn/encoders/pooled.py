"""From what a foreign model gives to one vector a row, or to tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import keras

from sensorium.errors import DataError, sentence
from sensorium.nn.pooling import largest, masked_max, masked_mean

Pool = Literal["auto", "average", "max", "flatten", "none"]

Shape = tuple[int | None, ...]


def pooled_shape(shape: Shape, pool: Pool, where: str) -> tuple[Any, int]:
    """The shape `(rows, width)` of a pooled output of this shape.

    Raises:
        DataError: If it cannot be pooled like this.
    """
    width = shape[-1] if len(shape) > 1 else None
    if width is None or width < 1:
        text = "an encoder gives a vector of known width for each row"
        raise DataError(sentence(where, text, shape))
    if len(shape) == 2:
        return shape[0], width
    if pool == "none":
        text = f"gives {_tokens(shape)} a row, and the fusion takes one vector"
        fix = "Say `pool='average'` (or max, flatten), or take a fusion of tokens."
        raise DataError(sentence(where, text, shape, fix))
    if pool != "flatten":
        return shape[0], width
    sizes = [size for size in shape[1:] if size is not None]
    if len(sizes) < len(shape) - 1:
        text = "an output whose length differs from row to row cannot be laid flat"
        raise DataError(sentence(where, text, shape, "Say `pool='average'`."))
    return shape[0], math.prod(sizes)


@keras.saving.register_keras_serializable("sensorium")
class Steps(keras.layers.Layer):
    """Takes the mask of padding that Keras keeps beside a tensor into the open.

    Keras hands it to every layer that asks for it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> tuple[Any, Any]:
        """Returns the values, zeros where the mask is false, and the mask or `None`."""
        if mask is None or len(inputs.shape) != 3:
            return inputs, None
        shown = keras.ops.expand_dims(mask, -1)
        return keras.ops.where(shown, inputs, keras.ops.zeros_like(inputs)), mask

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: from here on the mask is a value."""
        return None


def pooled(outputs: Any, pool: Pool, mask: Any = None) -> Any:
    """Turns `(rows, ..., width)` into `(rows, width)`; padding does not count.

    Args:
        outputs: What the model gave.
        pool: `average` and `max` go over all axes but the first and last; `flatten`
            lays them side by side. `auto` is `average`.
        mask: Which steps of `(rows, time, width)` are there; all if left out.
    """
    ops = keras.ops
    if len(outputs.shape) == 2:
        return outputs
    if pool == "flatten":
        return ops.reshape(outputs, (-1, math.prod(outputs.shape[1:])))
    if mask is not None:
        return (masked_max if pool == "max" else masked_mean)(outputs, mask)
    axes = tuple(range(1, len(outputs.shape) - 1))
    return largest(outputs, axes) if pool == "max" else ops.mean(outputs, axis=axes)


def tokens_of(outputs: Any) -> Any:
    """Turns `(rows, ..., width)` into tokens `(rows, T, width)`."""
    if len(outputs.shape) == 3:
        return outputs
    return keras.ops.reshape(outputs, (-1, *tokens_shape_of(tuple(outputs.shape))[1:]))


def tokens_shape_of(shape: Sequence[int | None]) -> tuple[Any, Any, Any]:
    """The shape `(rows, T, width)` of an output of this shape as tokens."""
    middle = [size for size in shape[1:-1] if size is not None]
    count = math.prod(middle) if len(middle) == len(shape) - 2 else None
    return shape[0], count, shape[-1]


def said(shape: Shape, pool: Pool) -> str:
    """Says in words what becomes of an output of this shape."""
    if len(shape) == 2:
        return f"a vector of {shape[1]}"
    ways = {
        "auto": "averaged, or kept as tokens where the fusion takes them",
        "average": "averaged",
        "max": "the largest value of each",
        "flatten": "laid flat",
        "none": "kept as tokens",
    }
    return f"{_tokens(shape)}, {ways[pool]}"


def _tokens(shape: Shape) -> str:
    sizes = " x ".join("?" if size is None else str(size) for size in shape[1:-1])
    return f"{sizes} vectors of {shape[-1]}"
