"""Names of weights that do not depend on what else was built in the process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sensorium.nn.layer import DeclaredLayer


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
        variables = list(layer.weights)
        paths = [_inner(variable.path, network, part) for variable in variables]
        if not isinstance(layer, DeclaredLayer) or hasattr(layer, "layer"):
            paths = renumbered(paths)
        for path, variable in zip(paths, variables, strict=True):
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


def _inner(path: str, network: str, part: str) -> str:
    for prefix in (f"{network}/{part}/", f"{part}/"):
        if path.startswith(prefix):
            return path.removeprefix(prefix)
    return path


def _free(path: str, taken: Mapping[str, Any]) -> str:
    if path not in taken:
        return path
    number = 1
    while f"{path}_{number}" in taken:
        number += 1
    return f"{path}_{number}"
