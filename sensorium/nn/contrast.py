"""CLIP's loss: in a batch, each row's two views must find one another.

Radford et al. 2021 (arXiv 2103.00020), section 2.3 and figure 3; the loss is that of
Sohn 2016 (N pairs) and van den Oord et al. 2018 (InfoNCE), in both directions.
"""

from __future__ import annotations

from typing import Any

import keras

_FAR = -1e9
_LEAST = 2


def unit_vectors(vectors: Any) -> Any:
    """Vectors `(rows, units)` of length 1 in float32; zeros stay zeros."""
    ops = keras.ops
    values = ops.cast(vectors, "float32")
    squares = ops.sum(ops.square(values), axis=-1, keepdims=True)
    return values * ops.rsqrt(ops.maximum(squares, 1e-12))


def contrastive_loss(first: Any, second: Any, rows: Any, scale: Any) -> Any:
    """The symmetric cross-entropy of finding each row's partner.

    With similarities s = scale * first @ second.T over the n rows that count, it is
    (mean_i -log softmax(s)_ii + mean_j -log softmax(s.T)_jj) / 2. Rows that do not
    count are neither asked for nor offered. With fewer than two rows it is 0, and so
    are its gradients.

    Args:
        first: Vectors of length 1, `(rows, units)`.
        second: Those of the other input.
        rows: Whether each row counts, boolean `(rows,)`.
        scale: Inverse temperature, a scalar.
    """
    ops = keras.ops
    first, second = _shown(first, rows), _shown(second, rows)
    right = ops.sum(first * second, axis=-1) * scale
    scores = ops.matmul(first, ops.transpose(second)) * scale
    count = ops.sum(ops.cast(rows, "float32"))
    total = ops.zeros_like(count)
    for axis in (1, 0):
        lost = ops.logsumexp(_offered(scores, rows, axis), axis=axis) - right
        total += ops.sum(ops.where(rows, lost, ops.zeros_like(lost)))
    mean = total / ops.maximum(2.0 * count, 1.0)
    # By a product, so that a row that is no number shows even by itself.
    return mean * ops.cast(count >= _LEAST, "float32")


def retrieval_accuracy(first: Any, second: Any, rows: Any) -> Any:
    """Share of the rows whose nearest vector is their partner, of both directions.

    Args:
        first: Vectors of length 1, `(rows, units)`.
        second: Those of the other input.
        rows: Whether each row counts, boolean `(rows,)`.
    """
    ops = keras.ops
    scores = ops.matmul(_shown(first, rows), ops.transpose(_shown(second, rows)))
    own = ops.arange(ops.shape(scores)[0], dtype="int32")
    weights = ops.cast(rows, "float32")
    hits = ops.zeros_like(weights)
    for axis in (1, 0):
        found = ops.argmax(_offered(scores, rows, axis), axis=axis)
        hits += ops.cast(ops.equal(ops.cast(found, "int32"), own), "float32")
    return ops.sum(hits * weights) / ops.maximum(2.0 * ops.sum(weights), 1.0)


def enough_rows(rows: Any) -> Any:
    """How many rows count, as float32; 0 where they are fewer than two."""
    ops = keras.ops
    count = ops.sum(ops.cast(rows, "float32"))
    return ops.where(count >= _LEAST, count, ops.zeros_like(count))


def _shown(vectors: Any, rows: Any) -> Any:
    """Vectors with zeros in rows that do not count: NaN there goes nowhere."""
    ops = keras.ops
    return ops.where(ops.expand_dims(rows, -1), vectors, ops.zeros_like(vectors))


def _offered(scores: Any, rows: Any, axis: int) -> Any:
    """Similarities with rows that do not count far away along an axis."""
    ops = keras.ops
    here = ops.expand_dims(rows, 1 - axis)
    return ops.where(here, scores, ops.full_like(scores, _FAR))
