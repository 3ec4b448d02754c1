"""Which classes a description of a Keras model may name: a closed registry.

A description is data, but the classes that it names are code. In an artifact only
Keras's own layers and operations may stand, Sensorium's, and KerasHub's where it is
installed: nothing that brings code along, and nothing that the reader's own program
would have to register first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import keras

from sensorium.errors import DataError, listing, sentence

_ROOMS = (
    "keras",
    "keras.layers",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.activations",
    "keras.dtype_policies",
)
_PARTS = {
    "__keras_tensor__",
    "__tensor__",
    "__numpy__",
    "__ellipsis__",
    "__tuple__",
    "__slice__",
    "slice",
    "type_spec",
}
_CODE = {"Lambda", "__lambda__", "TorchModuleWrapper", "JaxLayer"}
_CODE |= {"FlaxLayer", "TFSMLayer"}
_REGISTRIES = ("sensorium", "keras_hub")


def check_closed(document: Any, where: str) -> None:
    """Refuses a description that names a class outside the registry.

    Args:
        document: What `keras.saving.serialize_keras_object` gave.
        where: How messages call the model.

    Raises:
        DataError: Naming every such class, and what to do.
    """
    found = strangers(document)
    if found:
        text = f"has classes that an artifact cannot hold: {listing(found)}"
        fix = "An artifact holds no code: use Keras's own layers instead"
        fix += ", or cut the model before them with `at=`."
        raise DataError(sentence(where, text, fix=fix))


def strangers(document: Any, *, own: bool = False) -> list[str]:
    """The classes of a description that are outside the registry, in quotes.

    Args:
        document: What `keras.saving.serialize_keras_object` gave.
        own: Also let pass what this program has registered with Keras itself.
    """
    return list(dict.fromkeys(_strangers(document, own)))


def _strangers(value: Any, own: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "class_name" in value and not _is_known(value, own):
            yield f"`{value['class_name']}`"
        for item in value.values():
            yield from _strangers(item, own)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strangers(item, own)


def _is_known(part: Mapping[str, Any], own: bool) -> bool:
    word, module = part["class_name"], part.get("module") or ""
    registered = part.get("registered_name") or ""
    if not isinstance(word, str) or word in _CODE:
        return False
    if word in _PARTS:
        return True
    if word == "function":
        return _is_known_function(part, own)
    package, _, name = registered.rpartition(">")
    if package:
        cls = keras.saving.get_registered_object(registered)
        home = getattr(cls, "__module__", "").partition(".")[0]
        return cls is not None and (own or home == package in _REGISTRIES)
    if module in _ROOMS:
        return hasattr(sys.modules.get(module), name or word)
    # Operations such as the `+` of two tensors stand where they were written.
    cls = getattr(sys.modules.get(module), word, None)
    inside = module.startswith("keras.src.")
    return inside and isinstance(cls, type) and issubclass(cls, keras.Operation)


def _is_known_function(part: Mapping[str, Any], own: bool) -> bool:
    name = part.get("config")
    if not isinstance(name, str):
        return False
    registered = keras.saving.get_registered_object(part.get("registered_name") or name)
    if part.get("module") == "builtins" and registered is None:
        return hasattr(keras.activations, name)
    return own and registered is not None
