"""From a recipe and its fitted features to a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import keras

from sensorium.errors import DataError, Problem, RecipeError, sentence
from sensorium.features import Feature
from sensorium.network import Network, join
from sensorium.nn.encoders import DEFAULT_ENCODERS
from sensorium.recipe.declaration import Recipe
from sensorium.recipe.roles import ENCODER, FUSION, HEAD, TRUNK

DECLARED_ONLY = ("saved", "run")
"""Words of encoders that documents only name: somebody loads them first."""

DTYPES = {"category": "int32", "text": "int32", "image": "uint8"}


def build_network(
    recipe: Recipe,
    features: Mapping[str, Feature],
    targets: Mapping[str, Feature],
    loaded: Mapping[str, Any] = MappingProxyType({}),
) -> Network:
    """Builds the network of a recipe, with all its weights, in its precision.

    Initial weights are drawn from Keras's global seed: call
    `keras.utils.set_random_seed` first.

    Args:
        recipe: The document.
        features: The fitted feature of every input.
        targets: The fitted feature of every output.
        loaded: The encoders that come from files and runs, by input.

    Raises:
        RecipeError: If an encoder from elsewhere was not loaded.
    """
    with policy(recipe.precision):
        return _network(recipe, features, targets, loaded)


def _network(
    recipe: Recipe,
    features: Mapping[str, Feature],
    targets: Mapping[str, Feature],
    loaded: Mapping[str, Any],
) -> Network:
    encoders = {
        name: loaded[name]
        if name in loaded
        else _encoder(name, recipe.inputs[name], feature)
        for name, feature in features.items()
    }
    heads = {
        name: build_head(document, targets.get(name), features)
        for name, document in recipe.outputs.items()
    }
    trunk = recipe.trunk and TRUNK.build({"type": "trunk", **recipe.trunk})
    network = join(
        encoders,
        fusion=FUSION.build(recipe.fusion),
        heads=heads,
        trunk=trunk,
        modality_dropout=recipe.modality_dropout,
    )
    network.build_from({name: (f.shape(), dtype_of(f)) for name, f in features.items()})
    return network


@contextmanager
def policy(name: str) -> Iterator[None]:
    """Keras's dtype policy for the layers that are made inside.

    Args:
        name: The policy.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def dtype_of(feature: Feature) -> str:
    """The dtype of a feature's encoded values."""
    return DTYPES.get(feature.kind, "float32")


def _encoder(name: str, document: Mapping[str, Any], feature: Feature) -> Any:
    wanted = document.get("encoder") or DEFAULT_ENCODERS[feature.kind]
    word = wanted if isinstance(wanted, str) else wanted["type"]
    if word in DECLARED_ONLY:
        text = "was not loaded. Load it with `sensorium.encoders.of_recipe`."
        raise RecipeError([Problem(f"inputs.{name}.encoder", text)])
    takes = ENCODER.parameters(word)
    given = feature.encoder_arguments()
    return ENCODER.build(wanted, **{k: v for k, v in given.items() if k in takes})


def build_head(
    document: Mapping[str, Any], target: Any, features: Mapping[str, Feature]
) -> Any:
    """The head that a document describes, with the sizes that the data give.

    Args:
        document: The head's document.
        target: The fitted feature of its labels; `None` where it takes them from an
            input.
        features: The fitted feature of every input.
    """
    if target is None:
        feature = features[document["of"]]
        facts = {"kind": feature.kind, "shape": feature.shape()}
        return HEAD.build(document, source={**feature.encoder_arguments(), **facts})
    if document["type"] == "ordinal":
        _require_order(target)
    if target.kind == "category":
        return HEAD.build(document, num_classes=len(target.classes_))
    if target.kind == "flags":
        return HEAD.build(document, num_flags=len(target.flags_))
    if target.kind == "mask":
        return HEAD.build(document, shape=[*target.shape(), len(target.classes_)])
    return HEAD.build(document)


def check_losses(recipe: Recipe) -> None:
    """Looks for the losses that the recipe only names, before any work is done.

    Raises:
        DataError: If one is not registered, or does not fit its output.
    """
    for name, document in recipe.outputs.items():
        loss = document.get("loss", "")
        if isinstance(loss, Mapping) or ">" in loss:
            HEAD.build(document, name=name).given_loss()


def _require_order(target: Any) -> None:
    """Refuses texts whose order nobody said: that of letters means nothing."""
    if target.kinds_[0] == "text" and target.order is None:
        known = ", ".join(str(one) for one in target.classes_[:12])
        text = "the classes are texts, and their order is not known"
        fix = f"Write `order: [...]`, from the lowest to the highest of: {known}."
        raise DataError(sentence(f"column `{target.names_[0]}`", text, fix=fix))


def adapt_head(head: Any, target: Any) -> None:
    """Gives a built head the scale or class counts of the training labels.

    Args:
        head: A head of a network.
        target: The fitted feature of its labels, or `None`.
    """
    kind = getattr(target, "kind", None)
    if kind in ("number", "box"):
        head.adapt(**target.target_statistics())
    elif kind == "category":
        head.adapt(target.counts_, target.classes_)
    elif kind == "mask":
        head.adapt(target.counts_, target.background_)
