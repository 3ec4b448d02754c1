"""The engine on torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
import torch

Arrays = Mapping[str, np.ndarray]


def prepare(seed: int) -> None:
    """Asks torch for operations that repeat to the last bit, where there are some."""
    torch.use_deterministic_algorithms(True, warn_only=True)


def compiled_forward(network: keras.Model) -> Callable[[Arrays], Arrays]:
    """Runs `network(inputs, training=False)` without recording gradients."""

    def call(inputs: Arrays) -> Arrays:
        with torch.no_grad():
            outputs = network(dict(inputs), training=False)
        return {
            name: keras.ops.convert_to_numpy(value) for name, value in outputs.items()
        }

    return call
