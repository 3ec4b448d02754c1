"""Names of weights that do not depend on what else was built in the process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import keras

from sensorium.nn.encoders.wrapped import Wrapped, unwrapped


def weights_of(network: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Variables by unique path, e.g. `photo/stem/kernel`, in a fixed order.

    Keras numbers layers without a name by how many there were in the process
    (`dense_7`); inside a part these numbers are counted anew from the first.

    Args:
        network: Name of the network, which Keras puts before the paths.
        parts: The layers by name; each part's paths begin with its name.
    """
    found: dict[str, Any] = {}
    for part, layer in parts.items():
        for path, variable in _inside(layer, network, part):
            found[_free(f"{part}/{path}", found)] = variable
    return found


def renumbered(paths: Iterable[str]) -> list[str]:
    """Counts the numbers at the ends of names anew: `dense_7/kernel` -> `dense/kernel`.

    Each folder of the paths counts for itself, in the order of first appearance.
    """
    known: dict[tuple[str, str], str] = {}
    counts: dict[tuple[str, str], int] = {}
    result = []
    for path in paths:
        parent = ""
        for name in path.split("/"):
            if (parent, name) not in known:
                base = re.sub(r"_\d+$", "", name) or name
                count = counts.get((parent, base), 0)
                counts[parent, base] = count + 1
                known[parent, name] = f"{base}_{count}" if count else base
            parent = f"{parent}/{known[parent, name]}"
        result.append(parent[1:])
    return result


def _inside(layer: Any, network: str, part: str) -> list[tuple[str, Any]]:
    layer = unwrapped(layer)
    if isinstance(layer, Wrapped):
        pairs = list(foreign_weights(layer.layer))
        paths = renumbered(path for path, _ in pairs)
        return list(zip(paths, (variable for _, variable in pairs), strict=True))
    # An encoder of ours that is joined under a second name keeps the first in its
    # weights' paths.
    names = (part, layer.name)
    given = list(_given(layer))
    known = {id(variable) for _, variable in given}
    own = [item for item in layer.weights if id(item) not in known]
    return [(_own(item.path, network, names), item) for item in own] + given


def _given(layer: Any) -> Iterator[tuple[str, Any]]:
    """Variables of layers that a part holds as the user gave them, e.g. a decoder."""
    layers = layer.given_layers() if hasattr(layer, "given_layers") else {}
    for name, inner in layers.items():
        pairs = list(foreign_weights(inner))
        paths = renumbered(path for path, _ in pairs)
        for path, (_, variable) in zip(paths, pairs, strict=True):
            yield f"{name}/{path}", variable


def foreign_weights(layer: Any) -> Iterator[tuple[str, Any]]:
    """Variables of any Keras layer, with paths of the layers' own names.

    The paths that Keras gives to variables do not serve: those of one and the same
    model differ before saving and after loading.
    """
    seen: set[int] = set()
    inner = layer.layers if isinstance(layer, keras.Model) else []
    for child in inner:
        for path, variable in foreign_weights(child):
            seen.add(id(variable))
            yield f"{child.name}/{path}", variable
    for variable in layer.weights:
        if id(variable) not in seen:
            steps = variable.path.split("/")
            if layer.name in steps and not inner:
                steps = steps[len(steps) - steps[::-1].index(layer.name) :]
            yield "/".join(steps) if not inner else steps[-1], variable


def _own(path: str, network: str, names: Iterable[str]) -> str:
    for name in names:
        for prefix in (f"{network}/{name}/", f"{name}/"):
            if path.startswith(prefix):
                return path.removeprefix(prefix)
    _, inside, rest = path.partition(f"/{[*names][-1]}/")
    return rest if inside else path


def _free(path: str, taken: Mapping[str, Any]) -> str:
    if path not in taken:
        return path
    number = 1
    while f"{path}_{number}" in taken:
        number += 1
    return f"{path}_{number}"
