"""The engine on torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import torch

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
