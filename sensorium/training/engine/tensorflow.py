"""The engine on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

Arrays = Mapping[str, np.ndarray]


def prepare(seed: int) -> None:
    """Asks TensorFlow for operations that repeat to the last bit."""
    tf.config.experimental.enable_op_determinism()


def compiled_forward(network: keras.Model) -> Callable[[Arrays], Arrays]:
    """Compiles `network(inputs, training=False)`, once for each shape of inputs."""

    @tf.function
    def forward(inputs: dict) -> dict:  # type: ignore[type-arg]  # a nest of tensors
        return dict(network(inputs, training=False))

    def call(inputs: Arrays) -> Arrays:
        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        return {name: value.numpy() for name, value in forward(tensors).items()}

    return call
