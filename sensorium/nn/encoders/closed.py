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

from sensorium.errors import DataError, MissingExtraError, listing, sentence

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
        return _is_registered(registered, own)
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
    if ">" not in name and part.get("module") == "builtins":
        found = hasattr(keras.activations, name)
        return found or (own and keras.saving.get_registered_object(name) is not None)
    return _is_registered(name, own)


def _is_registered(name: str, own: bool) -> bool:
    """Whether a registered name is ours or KerasHub's, or may be another's."""
    package = name.rpartition(">")[0]
    if package == "keras_hub":
        _import_hub()
    found = keras.saving.get_registered_object(name)
    home = str(getattr(found, "__module__", "")).partition(".")[0]
    return found is not None and (own or home == package in _REGISTRIES)


def _import_hub() -> None:
    """Lets KerasHub register its layers."""
    try:
        import keras_hub  # noqa: F401  # it registers them when it is imported
    except ImportError as error:
        text = "the encoder has layers of KerasHub"
        fix = 'Install it with `pip install "sensorium[hub]"`.'
        raise MissingExtraError(sentence("", text, fix=fix)) from error
