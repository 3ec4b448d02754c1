"""Losses of Keras that heads know by name, and mistakes in a head's loss.

Imports no Keras, so that documents are checked before it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sensorium.errors import listing, near

KERAS_LOSSES: Mapping[str, Mapping[str, str]] = {
    "number": {
        "mse": "MeanSquaredError",
        "mae": "MeanAbsoluteError",
        "huber": "Huber",
        "log_cosh": "LogCosh",
        "mape": "MeanAbsolutePercentageError",
        "msle": "MeanSquaredLogarithmicError",
    },
    "category": {"sparse_categorical_crossentropy": "SparseCategoricalCrossentropy"},
    "flags": {
        "binary_crossentropy": "BinaryCrossentropy",
        "binary_focal_crossentropy": "BinaryFocalCrossentropy",
    },
}
"""What labels are -> a loss's name -> the class of `keras.losses`."""

GAMMA = 2.0
"""The focal loss's gamma where none is given (Lin et al. 2017, section 4.1)."""


def loss_problems(
    target: str, arguments: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Lists what is wrong with a head's loss, beyond the types of its arguments.

    Args:
        target: What the labels are: `category`, `number` or `flags`.
        arguments: The head's arguments by name; those that are left out are missing.

    Yields:
        The argument (`loss.type` for what stands inside), and what is wrong with it.
    """
    loss = arguments.get("loss")
    if isinstance(loss, Mapping):
        yield from _mapping_problems(target, loss)
    if arguments.get("gamma") is not None and loss != "focal":
        text = "counts only with `loss: focal`. Say that too, or take `gamma` out."
        yield "gamma", text
    if arguments.get("label_smoothing") and not _is_word(loss):
        text = "has no effect on a loss of your own. Take it out, or name a loss: "
        yield "label_smoothing", text + "`crossentropy`, `focal`."


def _mapping_problems(
    target: str, loss: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    known = KERAS_LOSSES[target]
    shown = listing([f"`{word}`" for word in known], 12)
    word = loss.get("type")
    if not isinstance(word, str):
        text = "expected a mapping with `type` and the loss's arguments. "
        yield "loss", f"{text}Known: {shown}."
    elif ">" not in word and word not in known:
        hint = near(word, known) or f"Known: {shown}."
        yield "loss.type", f"there is no loss `{word}` with arguments. {hint}"
    if loss.get("from_logits") is False:
        text = "the head gives logits. Leave `from_logits` out."
        yield "loss.from_logits", text


def _is_word(loss: Any) -> bool:
    return loss is None or (isinstance(loss, str) and ">" not in loss)
