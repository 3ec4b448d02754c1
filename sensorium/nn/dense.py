"""The small parts that layers are made of, with weights drawn by NumPy."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.initializers import Constant, Glorot, He, next_seed


def dense(
    units: int, activation: str | None = None, *, name: str, dtype: Any = None
) -> Any:
    """A dense layer; He's distribution before a ReLU, else Glorot's.

    Args:
        units: Width of the output.
        activation: A Keras activation by name.
        name: Name of the layer, part of its weights' paths.
        dtype: Keras's dtype or dtype policy; `None` is the global one.
    """
    return keras.layers.Dense(
        units,
        activation=activation,
        kernel_initializer=kernel(activation),
        bias_initializer=Constant(0.0),
        name=name,
        dtype=dtype,
    )


def members(number: int, units: int, *, name: str) -> Any:
    """A linear layer of its own for each of `number` inputs, in float32.

    Args:
        number: Inputs: it takes `(rows, number, width)`.
        units: It gives `(rows, number, units)`.
        name: Name of the layer, part of its weights' paths.
    """
    return keras.layers.EinsumDense(
        "bmw,mwu->bmu",
        (number, units),
        bias_axes="mu",
        kernel_initializer=Glorot(),
        bias_initializer=Constant(0.0),
        name=name,
        dtype="float32",
    )


def kernel(activation: str | None) -> Any:
    """The initializer of a kernel that is followed by this activation."""
    return He() if activation in ("relu", "gelu", "silu") else Glorot()


def layer_norm(name: str, dtype: Any = None) -> Any:
    """Layer normalisation over the last axis: rows never see each other."""
    return keras.layers.LayerNormalization(
        epsilon=1e-5,
        gamma_initializer=Constant(1.0),
        beta_initializer=Constant(0.0),
        name=name,
        dtype=dtype,
    )


def dropout(rate: float, name: str, dtype: Any = None) -> Any:
    """Dropout with a seed of its own from the same source as the weights."""
    return keras.layers.Dropout(rate, seed=next_seed(), name=name, dtype=dtype)


def convolution(
    rank: int,
    filters: int,
    size: int,
    *,
    strides: int = 1,
    name: str,
    dtype: Any = None,
) -> Any:
    """A convolution with padding, to be followed by a ReLU.

    Args:
        rank: Number of axes it goes over: 1 for time, 2 for images.
        filters: Channels of the output.
        size: Steps or pixels that it sees along each axis.
        strides: Steps or pixels between two outputs.
        name: Name of the layer, part of its weights' paths.
        dtype: Keras's dtype or dtype policy; `None` is the global one.
    """
    kind = {1: keras.layers.Conv1D, 2: keras.layers.Conv2D}[rank]
    return kind(
        filters,
        size,
        strides=strides,
        padding="same",
        kernel_initializer=He(),
        bias_initializer=Constant(0.0),
        name=name,
        dtype=dtype,
    )
