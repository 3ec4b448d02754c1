"""The engine on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Arrays = Mapping[str, np.ndarray]
Outputs = dict[str, Any]


def prepare(seed: int) -> None:
    """Asks TensorFlow for operations that repeat to the last bit."""
    tf.config.experimental.enable_op_determinism()


def compiled_forward(network: keras.Model) -> Callable[[Arrays], Outputs]:
    """Compiles `network(inputs, training=False)`, once for each shape of inputs."""

    @tf.function
    def forward(inputs: dict) -> dict:  # type: ignore[type-arg]  # a nest of tensors
        return dict(network(inputs, training=False))

    def call(inputs: Arrays) -> Outputs:
        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        return dict(forward(tensors))

    return call
