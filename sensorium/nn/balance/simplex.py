"""Small problems over weights from 0 that sum to 1, solved inside a compiled step."""

from __future__ import annotations

from typing import Any

import keras

_STEPS = 20
"""Steps for each loss; for up to 8 losses many more than are needed."""


def scaled(gram: Any) -> Any:
    """A Gram matrix divided by its largest entry; zeros stay zeros."""
    ops = keras.ops
    largest = ops.max(ops.abs(gram))
    return gram / ops.where(largest > 0, largest, ops.ones_like(largest))


def norm(gram: Any, weights: Any) -> Any:
    """The norm of a weighted sum of vectors, from their products."""
    ops = keras.ops
    square = ops.sum(weights * ops.matmul(gram, weights))
    return ops.sqrt(ops.maximum(square, 0.0))


def lowest(gram: Any, linear: Any, known: Any, radius: Any = None) -> Any:
    """Weights of the known losses at which a convex function is lowest, `(K,)`.

    It is `||g_w||^2 / 2 + linear . w`, or `linear . w + radius ||g_w||` where a radius
    is given. Each step moves weight from where the slope is highest to where it is
    lowest, exactly as far as the function falls; two losses need one step.

    Args:
        gram: Products of the vectors, `(K, K)`.
        linear: `(K,)`.
        known: Booleans `(K,)`; others get weight 0.
        radius: A scalar, or `None`.
    """
    ops = keras.ops
    shares = ops.cast(known, "float32")
    begin = shares / ops.maximum(ops.sum(shares), 1.0)
    count = gram.shape[0]

    def step(_: Any, weights: Any) -> Any:
        products = ops.matmul(gram, weights)
        slopes = linear + products
        if radius is not None:
            length = ops.sqrt(ops.maximum(ops.sum(weights * products), 1e-30))
            slopes = linear + radius * products / length
        to = ops.one_hot(ops.argmin(ops.where(known, slopes, 1e30)), count)
        held = ops.logical_and(known, weights > 0)
        away = ops.one_hot(ops.argmax(ops.where(held, slopes, -1e30)), count)
        direction = to - away
        far = _far(gram, linear, radius, weights, direction)
        far = ops.clip(far, 0.0, ops.sum(away * weights))
        return ops.maximum(weights + far * direction, 0.0)

    return ops.fori_loop(0, 1 if count == 2 else _STEPS * count, step, begin)


def _far(gram: Any, linear: Any, radius: Any, weights: Any, direction: Any) -> Any:
    """How far along a direction the function falls; huge where it never rises."""
    ops = keras.ops
    along = ops.matmul(gram, direction)
    curve = ops.sum(direction * along)
    inner = ops.sum(weights * along)
    slope = ops.sum(linear * direction)
    safe = ops.where(curve > 0, curve, ops.ones_like(curve))
    if radius is None:
        return ops.where(curve > 0, -(inner + slope) / safe, 0.0)
    # The slope is `slope + radius u / sqrt((u^2 + rest) / curve)` at
    # `u = curve far + inner`: solve it for u.
    square = ops.sum(weights * ops.matmul(gram, weights))
    rest = ops.maximum(square * curve - inner**2, 0.0)
    room = radius**2 * safe - slope**2
    bounded = ops.logical_and(curve > 0, room > 0)
    root = ops.sqrt(slope**2 * rest / ops.where(bounded, room, 1.0))
    meets = (-ops.sign(slope) * root - inner) / safe
    return ops.where(bounded, meets, ops.where(slope < 0, 1e30, 0.0))
