"""Gradients and steps on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sensorium.engine.found import Found, Look, nothing_to_wait_for

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


def differentiate(
    losses: Callable[[], tuple[Sequence[Any], Any]], variables: list[Any]
) -> Found:
    """As `Engine.differentiate`."""
    values = [variable.value for variable in variables]
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(values)
        found, extra = losses()
        stacked = tf.cast(tf.stack(list(found)), "float32")

    def pull(weights: Any) -> list[Any]:
        gradients = tape.gradient(
            stacked,
            values,
            output_gradients=tf.cast(weights, "float32"),
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        return [tf.convert_to_tensor(gradient) for gradient in gradients]

    return Found(stacked, extra, pull)


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """As `Engine.input_gradients`."""
    values = tf.convert_to_tensor(inputs)
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = tf.reduce_sum(function(values))
    return tape.gradient(
        total, values, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )


def apply(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """As `Engine.apply`."""
    optimizer.apply(gradients, variables)


def compiled_step(model: keras.Model, step: Callable[[Any], dict[str, Any]]) -> Look:
    """As `Engine.compiled_step`; its first call compiles."""
    looked = tf.function(step)

    def call(data: Any) -> dict[str, Any]:
        return dict(looked(tf.nest.map_structure(tf.convert_to_tensor, data)))

    return Look(call, lambda data: nothing_to_wait_for)


def train_step(
    model: keras.Model, step: Callable[[Any], dict[str, Any]], data: Any
) -> Any:
    """As `Engine.train_step`."""
    return step(data)
