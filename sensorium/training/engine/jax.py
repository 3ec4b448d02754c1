"""The engine on JAX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import keras
import numpy as np

Arrays = Mapping[str, np.ndarray]
Outputs = dict[str, Any]


def prepare(seed: int) -> None:
    """JAX on a CPU repeats itself as it is."""


def compiled_forward(network: keras.Model) -> Callable[[Arrays], Outputs]:
    """Compiles `network(inputs, training=False)`, once for each shape of inputs."""
    trainable = [variable.value for variable in network.trainable_variables]
    fixed = [variable.value for variable in network.non_trainable_variables]

    @jax.jit
    def forward(trainable: list, fixed: list, inputs: dict) -> dict:  # type: ignore[type-arg]  # pytrees
        outputs, _ = network.stateless_call(trainable, fixed, inputs, training=False)
        return dict(outputs)

    def call(inputs: Arrays) -> Outputs:
        return forward(trainable, fixed, dict(inputs))

    return call
