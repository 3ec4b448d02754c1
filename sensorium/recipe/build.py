"""From a recipe and its fitted features to a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras

from sensorium.features import Feature
from sensorium.network import Network, join
from sensorium.nn.encoders import DEFAULT_ENCODERS
from sensorium.recipe.declaration import Recipe
from sensorium.recipe.roles import ENCODER, FUSION, HEAD, TRUNK

DTYPES = {"category": "int32", "text": "int32", "image": "uint8"}


def build_network(
    recipe: Recipe,
    features: Mapping[str, Feature],
    targets: Mapping[str, Feature],
) -> Network:
    """Builds the network of a recipe, with all its weights, in its precision.

    Initial weights are drawn from Keras's global seed: call
    `keras.utils.set_random_seed` first.

    Args:
        recipe: The document.
        features: The fitted feature of every input.
        targets: The fitted feature of every output.
    """
    with _policy(recipe.precision):
        return _network(recipe, features, targets)


def _network(
    recipe: Recipe,
    features: Mapping[str, Feature],
    targets: Mapping[str, Feature],
) -> Network:
    encoders = {
        name: _encoder(recipe.inputs[name], feature)
        for name, feature in features.items()
    }
    heads = {
        name: _head(recipe.outputs[name], target) for name, target in targets.items()
    }
    trunk = recipe.trunk and TRUNK.build({"type": "trunk", **recipe.trunk})
    network = join(
        encoders, fusion=FUSION.build(recipe.fusion), heads=heads, trunk=trunk
    )
    network.build_from({name: (f.shape(), dtype_of(f)) for name, f in features.items()})
    return network


@contextmanager
def _policy(name: str) -> Iterator[None]:
    """Keras's dtype policy for the layers that are made inside."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def dtype_of(feature: Feature) -> str:
    """The dtype of a feature's encoded values."""
    return DTYPES.get(feature.kind, "float32")


def _encoder(document: Mapping[str, Any], feature: Feature) -> Any:
    wanted = document.get("encoder") or DEFAULT_ENCODERS[feature.kind]
    word = wanted if isinstance(wanted, str) else wanted["type"]
    takes = ENCODER.parameters(word)
    given = feature.encoder_arguments()
    return ENCODER.build(wanted, **{k: v for k, v in given.items() if k in takes})


def _head(document: Mapping[str, Any], target: Any) -> Any:
    if target.kind == "category":
        return HEAD.build(document, num_classes=len(target.classes_))
    if target.kind == "flags":
        return HEAD.build(document, num_flags=len(target.flags_))
    return HEAD.build(document)
