"""Turns the objects of a recipe written in Python into the document they stand for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sensorium.errors import Problem, RecipeError, sentence
from sensorium.recipe.roles import ROLES
from sensorium.schema import Declared

_LAYER_ARGUMENTS = ("name", "trainable", "dtype", "build_config")


def plain(value: Any, path: str) -> Any:
    """The document of a value: mappings, lists, texts, numbers, booleans and nulls.

    Args:
        value: A component, an object of Keras, a container of them, or plain data.
        path: Where it stands, for the message.

    Raises:
        RecipeError: If a value has no document, for example a function.
    """
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (np.integer, np.floating, np.bool_)):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {
            key: plain(item, f"{path}.{key}" if path else str(key))
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{path}.{index}") for index, item in enumerate(value)]
    return _component(value, path)


def _component(value: Any, path: str) -> dict[str, Any] | str:
    if isinstance(value, Declared):
        if getattr(value, "built", False):
            text = "this has weights already, which a recipe cannot hold. "
            text += "Save the model and name its file: `sm.encoders.Saved(PATH)`."
            raise RecipeError([Problem(path, text)])
        for role in ROLES.values():
            if role.word(value) in role.table:
                return {
                    key: plain(item, f"{path}.{key}")
                    for key, item in role.document(value).items()
                }
    if hasattr(value, "get_config") and not isinstance(value, type):
        return _keras_object(value, path)
    name = _registered_name(value)
    if name:
        return name
    text = "expected a component of Sensorium or Keras, or plain data"
    fix = "Register your own class or function with "
    fix += "`@keras.saving.register_keras_serializable('mine')`."
    raise RecipeError([Problem(path, sentence("", text, value, fix))])


def _registered_name(value: Any) -> str:
    """What a function was registered as with Keras; empty if it was not."""
    keras = sys.modules.get("keras")
    if keras is None or not callable(value) or isinstance(value, type):
        return ""
    name = str(keras.saving.get_registered_name(value))
    return name if keras.saving.get_registered_object(name) is value else ""


def _keras_object(value: Any, path: str) -> dict[str, Any]:
    import keras  # the object comes from it: it is loaded already

    name = keras.saving.get_registered_name(type(value))
    config = {
        key: plain(item, f"{path}.{key}")
        for key, item in value.get_config().items()
        if key not in _LAYER_ARGUMENTS
    }
    return {"type": name, **config}
