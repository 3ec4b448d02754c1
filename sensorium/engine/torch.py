"""Gradients and steps on torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import torch

from sensorium.engine.found import Found, Look, nothing_to_wait_for

Arrays = Mapping[str, np.ndarray]
Outputs = dict[str, Any]


def prepare(seed: int) -> None:
    """Asks torch for operations that repeat to the last bit, where there are some."""
    torch.use_deterministic_algorithms(True, warn_only=True)


def compiled_forward(network: keras.Model) -> Callable[[Arrays], Outputs]:
    """Runs `network(inputs, training=False)` without recording gradients."""

    def call(inputs: Arrays) -> Outputs:
        with torch.no_grad():
            return dict(network(dict(inputs), training=False))

    return call


def differentiate(
    losses: Callable[[], tuple[Sequence[Any], Any]], variables: list[Any]
) -> Found:
    """As `Engine.differentiate`."""
    values = [variable.value for variable in variables]
    found, extra = losses()
    stacked = torch.stack([loss.to(torch.float32) for loss in found])

    def pull(weights: Any) -> list[Any]:
        if not stacked.requires_grad:
            return [torch.zeros_like(value) for value in values]
        gradients = torch.autograd.grad(
            stacked,
            values,
            keras.ops.convert_to_tensor(weights, "float32"),
            retain_graph=True,
            allow_unused=True,
        )
        return [
            torch.zeros_like(value) if gradient is None else gradient
            for value, gradient in zip(values, gradients, strict=True)
        ]

    return Found(stacked.detach(), keras.tree.map_structure(_detached, extra), pull)


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """As `Engine.input_gradients`."""
    values = keras.ops.convert_to_tensor(inputs).detach().requires_grad_()
    total = function(values).sum()
    (gradient,) = torch.autograd.grad(total, values, create_graph=True)
    return gradient


def apply(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """As `Engine.apply`."""
    with torch.no_grad():
        optimizer.apply(gradients, variables)


def compiled_step(model: keras.Model, step: Callable[[Any], dict[str, Any]]) -> Look:
    """As `Engine.compiled_step`; torch compiles nothing here."""
    return Look(step, lambda data: nothing_to_wait_for)


def train_step(
    model: keras.Model, step: Callable[[Any], dict[str, Any]], data: Any
) -> Any:
    """As `Engine.train_step`."""
    return step(data)


def _detached(value: Any) -> Any:
    return value.detach() if isinstance(value, torch.Tensor) else value
