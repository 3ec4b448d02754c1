"""Whether models and shapes fit a game of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import layers

from sensorium.errors import DataError, sentence
from sensorium.games.networks import SMALLEST

_BOUNDED = ("sigmoid", "softmax", "tanh", "relu", "hard_sigmoid", "log_sigmoid")


def check_shape(shape: Sequence[int]) -> None:
    """Raises `DataError` unless a shape is one of images."""
    text = f"expected (height, width, channels), each side at least {SMALLEST}"
    sides = list(shape) if isinstance(shape, (list, tuple)) else []
    whole = all(type(side) is int for side in sides)
    if len(sides) != 3 or not whole or min(sides[:2]) < SMALLEST or sides[2] < 1:
        raise DataError(sentence("`shape`", text, shape))


def check_generator(
    model: Any, noise: int, shape: Sequence[int], conditional: bool
) -> None:
    """Looks whether a model can be the generator.

    Args:
        model: The model.
        noise: Numbers that it must take.
        shape: What it must give.
        conditional: Whether it takes labels, too.

    Raises:
        DataError: If it cannot; says what it takes or gives.
    """
    _check_inputs("generator", model, (noise,), conditional, "`noise`")
    given = tuple(model.output_shape[1:])
    if given != tuple(shape):
        text = f"must give images of shape {tuple(shape)}, in [-1, 1]"
        raise DataError(sentence("generator", text, given))


def check_discriminator(model: Any, shape: Sequence[int], conditional: bool) -> None:
    """Looks whether a model can be the discriminator.

    Args:
        model: The model.
        shape: Images that it must take.
        conditional: Whether it takes labels, too.

    Raises:
        DataError: If it cannot; says what it takes or gives.
    """
    _check_inputs("discriminator", model, tuple(shape), conditional, "`shape`")
    given = tuple(model.output_shape[1:])
    if given not in ((1,), ()):
        text = "must give one score for each image, of shape (1,)"
        raise DataError(sentence("discriminator", text, given))
    ends = getattr(model.layers[-1], "activation", None)
    word = getattr(ends, "__name__", "")
    if word in _BOUNDED:
        text = "must give scores without an activation: the losses take logits"
        fix = "Take the activation out of its last layer."
        raise DataError(sentence("discriminator", text, word, fix))


def check_rows_apart(model: Any) -> None:
    """Raises `DataError` if rows see each other: a slope of one would be of all."""
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            text = f"`{layer.name}` normalises over the batch, but the penalty needs "
            text += "the slope of each image alone"
            fix = "Use `LayerNormalization` or none."
            raise DataError(sentence("discriminator", text, fix=fix))


def _check_inputs(
    where: str, model: Any, wanted: tuple[int, ...], conditional: bool, setting: str
) -> None:
    inputs = getattr(model, "inputs", None)
    if not inputs:
        text = "must be a Keras model with `keras.Input`"
        raise DataError(sentence(where, text, model))
    count = 2 if conditional else 1
    if len(inputs) != count:
        text = "must take a list of two inputs, the second one whole numbers: labels"
        text = text if conditional else "must take one input"
        raise DataError(sentence(where, text, f"{len(inputs)} inputs"))
    taken = tuple(inputs[0].shape[1:])
    if len(taken) != len(wanted) or any(
        have not in (None, want) for have, want in zip(taken, wanted, strict=True)
    ):
        fix = f"Change it, or {setting} of the game."
        raise DataError(sentence(where, f"must take {wanted}", taken, fix))
