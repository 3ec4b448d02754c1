"""Means and maxima over the parts of a row that are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras


def masked_mean(values: Any, present: Any) -> Any:
    """Mean over axis 1 of `(rows, length, width)` where present; zeros if nowhere.

    Computed in float32.
    """
    ops = keras.ops
    weights = ops.cast(ops.expand_dims(present, -1), "float32")
    total = ops.sum(ops.cast(values, "float32") * weights, axis=1)
    mean = total / ops.maximum(ops.sum(weights, axis=1), 1.0)
    return ops.cast(mean, values.dtype)


def masked_max(values: Any, present: Any) -> Any:
    """Maximum over axis 1 of `(rows, length, width)` where present; else zeros."""
    ops = keras.ops
    shown = ops.expand_dims(present, -1)
    # -3e4 is within float16; values of hidden layers do not reach it.
    low = ops.where(shown, values, ops.full_like(values, -3e4))
    anything = ops.any(shown, axis=1)
    highest = largest(low, (1,))
    return ops.where(anything, highest, ops.zeros_like(highest))


def largest(values: Any, axes: Sequence[int]) -> Any:
    """Maximum over some axes from 1; also of no rows, which Keras on torch refuses."""
    if values.shape[0] == 0:
        return keras.ops.sum(values, axis=tuple(axes))
    return keras.ops.max(values, axis=tuple(axes))
