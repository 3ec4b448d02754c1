"""One encoded input inside a network, with its presence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from sensorium.nn.pooling import masked_mean


@dataclass(frozen=True)
class Encoded:
    """What an encoder made of an input.

    Args:
        values: `(rows, units)`, or tokens `(rows, tokens, units)`.
        present: Whether the input is there, boolean `(rows,)`.
        mask: For tokens: which of them count, boolean `(rows, tokens)`; `None` is all.
        scales: Maps of an image that a head looks at, the finest first.
    """

    values: Any
    present: Any
    mask: Any = None
    scales: Sequence[Any] = ()

    def vector(self) -> Any:
        """One vector a row, `(rows, units)`; zeros, without gradient, where absent."""
        ops = keras.ops
        values = self.values
        if len(values.shape) == 3:
            mask = self.mask
            if mask is None:
                mask = ops.ones_like(values[..., 0], dtype="bool")
            values = masked_mean(values, mask)
        return ops.where(self.present[:, None], values, ops.zeros_like(values))


def shown(values: Any, present: Any) -> tuple[Any, Any]:
    """Values with zeros where absent, and presence as a boolean `(rows,)`.

    Args:
        values: An input, rows on the first axis.
        present: Booleans, or `None` where every row is present.
    """
    ops = keras.ops
    if present is None:
        first = values[(slice(None), *[0] * (len(values.shape) - 1))]
        return values, ops.ones_like(first, dtype="bool")
    present = ops.reshape(ops.cast(present, "bool"), (-1,))
    here = ops.reshape(present, (-1, *[1] * (len(values.shape) - 1)))
    return ops.where(here, values, ops.zeros_like(values)), present


def mode(part: keras.layers.Layer, training: bool | None) -> bool | None:
    """Whether a part works as in training: a frozen one never does."""
    return training if part.trainable else False
