"""A head's loss that the user gives: by name, as an object of Keras or a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from sensorium.errors import DataError, sentence
from sensorium.nn.heads.loss_words import KERAS_LOSSES
from sensorium.nn.present import Target, loss_rows, row_means

DIFFERENCES = ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh")
"""Losses of Keras that see labels and outputs by their difference alone."""


@dataclass(frozen=True)
class GivenLoss:
    """A loss as a function of labels that are all there, and outputs.

    Args:
        function: Gives one value a row, or several, which are averaged.
        of_differences: Whether it depends on differences only, so that it may be
            computed on another scale.
        name: What messages call it.
    """

    function: Callable[[Any, Any], Any]
    of_differences: bool
    name: str

    def __call__(self, labels: Any, outputs: Any) -> Any:
        """Returns the loss of each row, `(rows,)`."""
        if len(outputs.shape) == 1:  # Keras's losses average over the last axis
            labels = keras.ops.expand_dims(labels, -1)
            outputs = keras.ops.expand_dims(outputs, -1)
        return row_means(self.function(labels, outputs), outputs, self.name)


def given_loss(loss: Any, target: Target, where: str) -> GivenLoss:
    """Finds the loss that a head names.

    Args:
        loss: A name, a mapping with `type` and arguments, an object or a function.
        target: What the labels are.
        where: How messages call the head.

    Raises:
        DataError: If nothing is registered under the name, or the loss does not fit
            what the head gives.
    """
    found = _found(loss, target, where)
    name = f"{where}: loss `{getattr(found, 'name', None) or _name(found)}`"
    by_difference = _class_name(found) in DIFFERENCES
    return GivenLoss(loss_rows(found, target), by_difference, name)


def described(loss: Any, target: Target) -> Any:
    """The document of a loss of Keras; every other one stays as it is.

    Args:
        loss: What a head was given.
        target: What the labels are.
    """
    if isinstance(loss, Mapping):
        return {str(name): value for name, value in loss.items()}
    words = {name: word for word, name in KERAS_LOSSES[target].items()}
    for name, word in words.items():
        if loss is getattr(keras.losses, _function_name(name)):
            return _shortest(word, {}, target)
    word = words.get(_class_name(loss), "")
    if not word:
        return loss
    loss_rows(loss, target)  # refuses probabilities and sums
    defaults = inspect.signature(type(loss)).parameters
    # `Huber.get_config` of Keras 3.15 forgets `delta`.
    config = {**loss.get_config(), **loss._fn_kwargs}
    skipped = ("name", "dtype", "reduction", "fn", "from_logits")
    arguments = {
        key: value
        for key, value in config.items()
        if key not in skipped and value != defaults[key].default
    }
    return _shortest(word, arguments, target)


def _shortest(word: str, arguments: Mapping[str, Any], target: Target) -> Any:
    if target == "number" and not arguments:
        return word
    return {"type": word, **arguments}


def _found(loss: Any, target: Target, where: str) -> Any:
    if isinstance(loss, str):
        return _made(loss, {}, target, where)
    if isinstance(loss, Mapping):
        arguments = {key: value for key, value in loss.items() if key != "type"}
        return _made(str(loss["type"]), arguments, target, where)
    return loss


def _made(word: str, arguments: Mapping[str, Any], target: Target, where: str) -> Any:
    known = KERAS_LOSSES[target].get(word)
    if known is not None:
        kind = getattr(keras.losses, known)
        logits = {} if target == "number" else {"from_logits": True}
        return _called(kind, {**logits, **arguments}, where)
    kind = keras.saving.get_registered_object(word)
    if kind is None:
        fix = (
            "Import what holds it first: a function or class after "
            "`@keras.saving.register_keras_serializable('mine')`."
        )
        text = f"no loss is registered as `{word}`"
        raise DataError(sentence(where, text, fix=fix))
    return _called(kind, arguments, where) if isinstance(kind, type) else kind


def _called(kind: Any, arguments: Mapping[str, Any], where: str) -> Any:
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as error:
        text = f"the loss `{kind.__name__}` cannot be made: {error}"
        raise DataError(sentence(where, text.rstrip("."))) from error


def _class_name(loss: Any) -> str:
    kind = type(loss)
    return kind.__name__ if kind.__module__.startswith("keras.") else ""


def _function_name(class_name: str) -> str:
    """`MeanSquaredError` -> `mean_squared_error`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in class_name)[1:]


def _name(loss: Any) -> str:
    return str(getattr(loss, "__name__", type(loss).__name__))
