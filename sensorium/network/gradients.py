"""Gradients of several losses, compared and mixed part by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sensorium.engine import Found
from sensorium.nn.moment import Moment

if TYPE_CHECKING:
    from sensorium.network.balanced import BalancedModel


class Gradients:
    """The gradient of each loss: one backward pass for each.

    Args:
        model: A model.
        found: Its losses, those of the outputs first.
        weights: What the outputs' losses are multiplied by, `(K,)`.
        scale: What all losses are multiplied by, for half precision.
    """

    def __init__(
        self, model: BalancedModel, found: Found, weights: Any, scale: Any
    ) -> None:
        self.model = model
        self.scale = scale
        self.count = len(model.heads)
        size = found.losses.shape[0]
        self.of_losses = [
            found.pull(_one(index, size) * (weights[index] * scale))
            for index in range(self.count)
        ]
        self.of_terms = [
            found.pull(_one(index, size) * scale) for index in range(self.count, size)
        ]

    def gram_of_shared(self, known: Any) -> Any:
        """Products of the gradients on the shared part, `(K, K)`.

        Args:
            known: Booleans `(K,)`; rows and columns of others are zeros.
        """
        return self.gram(shared_indices(self.model), known)

    def gram(self, indices: Sequence[int], known: Any, weights: Any = None) -> Any:
        """Products of the gradients on some variables, `(K, K)`, unscaled.

        Args:
            indices: Positions among the variables that learn.
            known: Booleans `(K,)`; rows and columns of others are zeros.
            weights: Factors of the gradients, `(K,)`, or `None`.
        """
        ops = keras.ops
        if not indices:
            return ops.zeros((self.count, self.count))
        flat = [_flat([by[index] for index in indices]) for by in self.of_losses]
        rows = ops.stack(flat) / self.scale
        gram = ops.stack([ops.sum(rows * row, axis=1) for row in rows_of(rows)])
        if weights is not None:
            gram = gram * ops.outer(weights, weights)
        both = ops.logical_and(ops.expand_dims(known, 0), ops.expand_dims(known, 1))
        seen = ops.logical_and(both, ops.isfinite(gram))
        return ops.where(seen, gram, ops.zeros_like(gram))

    def mixed(self, weights: Any, moment: Moment | None) -> list[Any]:
        """A gradient for each variable that learns.

        Args:
            weights: How much each loss counts on the shared part, `(K,)`.
            moment: The step, where the balance of inputs has weights of its own for
                encoders; else `None`.
        """
        model, ops = self.model, keras.ops
        balance = model.balance
        whole = balance is None or balance.for_heads
        shared = set(shared_indices(model))
        ones = ops.ones((self.count,))
        shares = {
            index: weights if whole or index in shared else ones
            for index in range(len(model.trainable_variables))
        }
        if moment is not None:
            shares |= self._by_encoder(weights, moment)
        found = [self._sum(index, share) for index, share in shares.items()]
        for terms in self.of_terms:
            found = [a + b for a, b in zip(found, terms, strict=True)]
        return found

    def _by_encoder(self, weights: Any, moment: Moment) -> dict[int, Any]:
        found: dict[int, Any] = {}
        for name, encoder in self.model.encoders.items():
            indices = indices_of(self.model, encoder.trainable_variables)
            gram = self.gram(indices, moment.known, weights)
            own = self.model.input_balance.part_weights(name, gram, moment)
            if own is not None:
                found |= dict.fromkeys(indices, weights * own)
        return found

    def _sum(self, index: int, weights: Any) -> Any:
        total = 0.0
        for number, gradients in enumerate(self.of_losses):
            gradient = gradients[index]
            total = total + gradient * keras.ops.cast(weights[number], gradient.dtype)
        return total


def shared_length(model: BalancedModel, found: Found, whose: Any, scale: Any) -> Any:
    """Length of one loss's gradient on the shared part, `()`, unscaled.

    Args:
        model: A model.
        found: Its losses, those of the outputs first.
        whose: Booleans `(K,)` of which one is true, or none: then nothing is computed,
            and the length is 0.
        scale: What losses are multiplied by, for half precision.
    """
    ops = keras.ops
    others = ops.zeros((found.losses.shape[0] - len(model.heads),))
    one = ops.concatenate([ops.cast(whose, "float32"), others])

    def length() -> Any:
        gradients = found.pull(one * scale)
        shared = [gradients[index] for index in shared_indices(model)]
        return length_of([ops.cast(part, "float32") / scale for part in shared])

    return ops.cond(ops.any(whose), length, lambda: ops.zeros(()))


def length_of(gradients: Sequence[Any]) -> Any:
    """The length of gradients as one vector, float32 `()`; 0 where there are none."""
    ops = keras.ops
    squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in gradients]
    return ops.sqrt(sum(squares, ops.zeros(())))


def shared_indices(model: BalancedModel) -> list[int]:
    """Positions of the variables that do not belong to one head alone."""
    owners: dict[int, int] = {}
    for head in model.heads.values():
        for variable in head.trainable_variables:
            owners[id(variable)] = owners.get(id(variable), 0) + 1
    return [
        index
        for index, variable in enumerate(model.trainable_variables)
        if owners.get(id(variable)) != 1
    ]


def indices_of(model: BalancedModel, variables: Sequence[Any]) -> list[int]:
    """Positions of some variables among those that learn."""
    wanted = {id(variable) for variable in variables}
    every = enumerate(model.trainable_variables)
    return [index for index, variable in every if id(variable) in wanted]


def rows_of(matrix: Any) -> list[Any]:
    """The rows of a matrix."""
    return [matrix[index] for index in range(matrix.shape[0])]


def _one(index: int, count: int) -> Any:
    return keras.ops.convert_to_tensor(np.eye(count, dtype="float32")[index])


def _flat(tensors: Sequence[Any]) -> Any:
    ops = keras.ops
    return ops.concatenate(
        [ops.reshape(ops.cast(tensor, "float32"), (-1,)) for tensor in tensors]
    )
