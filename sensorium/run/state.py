"""The fitted state of features, as documents and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sensorium.data.hashing import array_digest
from sensorium.data.store import cache_key
from sensorium.features import Feature, State
from sensorium.schema import arguments_of

Features = Mapping[str, Feature]
Arrays = Mapping[str, np.ndarray]


def state_documents(features: Features, labels: Features) -> dict[str, Any]:
    """The documents of all states, by `input/<name>` and `output/<name>`."""
    parts = _parts(features, labels)
    return {name: dict(part.state().document) for name, part in parts.items()}


def state_arrays(features: Features, labels: Features) -> dict[str, np.ndarray]:
    """The arrays of all states, by `input/<name>//<array>`."""
    return {
        f"{name}//{key}": array
        for name, part in _parts(features, labels).items()
        for key, array in part.state().arrays.items()
    }


def state_key(feature: Feature) -> str:
    """The sha256 of a fitted feature: equal ones encode alike.

    Which encoder it goes to does not count.
    """
    state = feature.state()
    given = {k: repr(v) for k, v in arguments_of(feature).items() if k != "encoder"}
    arrays = {name: array_digest(array) for name, array in state.arrays.items()}
    return cache_key([feature.kind, given, dict(state.document), arrays])


def restore_parts(
    features: Features, labels: Features, documents: Any, arrays: Arrays
) -> tuple[dict[str, Feature], dict[str, Feature]]:
    """The fitted features of inputs and labels.

    Args:
        features: The inputs' features, not fitted.
        labels: The labels' features, not fitted.
        documents: What `state_documents` gave.
        arrays: What `state_arrays` gave.

    Raises:
        KeyError: If a state is missing.
    """
    fitted = {
        name: part.restore(State(documents[name], _below(f"{name}//", arrays)))
        for name, part in _parts(features, labels).items()
    }
    found = {name: fitted[f"input/{name}"] for name in features}
    return found, {name: fitted[f"output/{name}"] for name in labels}


def _parts(features: Features, labels: Features) -> dict[str, Feature]:
    inputs = {f"input/{name}": feature for name, feature in features.items()}
    return inputs | {f"output/{name}": label for name, label in labels.items()}


def _below(start: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(start): array
        for name, array in arrays.items()
        if name.startswith(start)
    }
