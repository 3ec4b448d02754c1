"""The fitted state of all features of a recipe, as documents and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sensorium.features import Feature, State
from sensorium.recipe import Recipe

Features = Mapping[str, Feature]


def state_documents(features: Features, targets: Features) -> dict[str, Any]:
    """The documents of all states, by `input/<name>` and `output/<name>`."""
    parts = _parts(features, targets)
    return {name: dict(part.state().document) for name, part in parts.items()}


def state_arrays(features: Features, targets: Features) -> dict[str, np.ndarray]:
    """The arrays of all states, by `input/<name>//<array>`."""
    return {
        f"{name}//{key}": array
        for name, part in _parts(features, targets).items()
        for key, array in part.state().arrays.items()
    }


def restore_parts(
    recipe: Recipe, documents: Any, arrays: Mapping[str, np.ndarray]
) -> tuple[dict[str, Feature], dict[str, Feature]]:
    """The fitted features and targets of a recipe.

    Raises:
        KeyError: If a state is missing.
    """
    fitted = {
        name: part.restore(State(documents[name], _below(f"{name}//", arrays)))
        for name, part in _parts(recipe.features(), recipe.targets()).items()
    }
    features = {name: fitted[f"input/{name}"] for name in recipe.inputs}
    return features, {name: fitted[f"output/{name}"] for name in recipe.outputs}


def _parts(features: Features, targets: Features) -> dict[str, Feature]:
    inputs = {f"input/{name}": feature for name, feature in features.items()}
    return inputs | {f"output/{name}": target for name, target in targets.items()}


def _below(start: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(start): array
        for name, array in arrays.items()
        if name.startswith(start)
    }
