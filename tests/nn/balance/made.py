"""Rules with a state, and a call of them with plain numbers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.nn.balance import BALANCES
from sensorium.schema import Role

ROLE = Role("balance", BALANCES)

# X3: two gradients of which each raises the other's loss.
CONFLICT = np.array([[1.0, 0.2], [-0.9, 0.6]])


def built(document: Any, count: int = 2) -> Any:
    """The rule of a document, ready for `count` losses."""
    rule = ROLE.build(document)
    rule.build((count,))
    return rule


def weigh(rule: Any, losses: Any, known: Any = None, gram: Any = None) -> np.ndarray:
    """The weights of one step."""
    ops = keras.ops
    losses = ops.convert_to_tensor(np.asarray(losses, "float32"))
    known = np.ones(losses.shape[0], bool) if known is None else np.asarray(known)
    if gram is not None:
        gram = ops.convert_to_tensor(np.asarray(gram, "float32"))
    found = rule.weigh(losses, ops.convert_to_tensor(known), gram)
    return np.asarray(ops.convert_to_numpy(found), "float64")


def direction(rule: Any, gradients: Any) -> np.ndarray:
    """The rule's sum of gradients, each a row."""
    gradients = np.asarray(gradients, "float64")
    gram = gradients @ gradients.T
    return weigh(rule, np.ones(len(gradients)), gram=gram) @ gradients


def numbers(variable: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(variable))
