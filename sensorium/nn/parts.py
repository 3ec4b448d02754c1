"""Parts of a network: taken as they are, copied from a description, or saved."""

from __future__ import annotations

import importlib
from typing import Any

import keras

from sensorium.nn.balance import BALANCES
from sensorium.nn.encoders import ENCODERS
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.encoders.wrapped import Wrapped
from sensorium.nn.fusion import FUSIONS
from sensorium.nn.heads import HEADS
from sensorium.nn.layer import DeclaredLayer


def as_encoder(layer: Any, name: str) -> Encoder:
    """An encoder of this name: a copy of a description, else the layer wrapped."""
    if isinstance(layer, Encoder) and not layer.built:
        copied: Encoder = fresh(layer, name)
        return copied
    return Wrapped(layer, name=name)


def fresh(layer: Any, name: str) -> Any:
    """A copy of a description under a name; what has weights is taken as it is."""
    given = layer.given_layers().values() if hasattr(layer, "given_layers") else ()
    taught = layer.built or any(inner.built for inner in given)
    if taught or not isinstance(layer, DeclaredLayer):
        return layer
    return type(layer).from_config({**layer.get_config(), "name": name})


def saved(layer: Any) -> Any:
    """A part as Keras's plain data, without the shapes it was built for.

    A part is built with its network.
    """
    found = keras.saving.serialize_keras_object(layer)
    return found and {key: found[key] for key in found if key != "build_config"}


def register_all() -> None:
    """Imports all classes of ours, so that Keras can make them from their names."""
    for table in (ENCODERS, FUSIONS, HEADS, BALANCES):
        for reference in table.values():
            importlib.import_module(reference.partition(":")[0])
