"""Who learns in a step, who is frozen, and whether frozen stayed frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sensorium.data.hashing import array_digest
from sensorium.errors import TrainingError, listing, sentence
from sensorium.network import Network
from sensorium.nn.encoders.wrapped import Wrapped
from sensorium.training.step import Step


@dataclass(frozen=True)
class Learner:
    """A row of the table that says who learns.

    Args:
        part: Name of the part.
        learns: How many of its weights learn.
        weights: How many weights it has.
        rate: Its peak learning rate; 0 where it is frozen.
    """

    part: str
    learns: int
    weights: int
    rate: float


def parts_of(network: Network) -> dict[str, Any]:
    """The layers of a network's parts by name, in the order in which data pass them."""
    joining = {"fusion": network.fusion, "trunk": network.trunk}
    parts = {**network.encoders, **(joining if network.fuses else {}), **network.heads}
    return {name: part for name, part in parts.items() if part is not None}


def freeze(network: Network, step: Step) -> None:
    """Lets the parts of a step learn and freezes all others.

    Args:
        network: A built network.
        step: The step; its disposable heads learn.
    """
    for name, part in parts_of(network).items():
        learns = name in step.learn or name not in step.known
        let_learn(part, learns)
        if learns and step.groups is not None and name in network.encoders:
            _freeze_below(part, step.groups)


def let_learn(part: Any, learns: bool) -> None:
    """Lets a part learn or freezes it; what was frozen inside it before stays so.

    Args:
        part: A layer.
        learns: Whether it learns.
    """
    frozen_inside = _frozen_inside(part)
    # Layers inside follow a change only, on TensorFlow: some may be frozen by now.
    part.trainable = False
    part.trainable = learns
    for layer in frozen_inside:
        layer.trainable = False


def learners(network: Network, step: Step) -> list[Learner]:
    """Who learns, how many weights, how fast: one row a part."""
    parts = parts_of(network)
    rates = step.rates(list(parts))
    return [learner(name, part, rates[name]) for name, part in parts.items()]


def learner(name: str, part: Any, rate: float) -> Learner:
    """How much a part learns.

    Args:
        name: Name of the part.
        part: A layer.
        rate: Its peak learning rate, if it learns.
    """
    learns = _count(part.trainable_weights)
    return Learner(name, learns, _count(part.weights), rate if learns else 0.0)


def variable_rates(network: Network, step: Step) -> dict[int, float]:
    """The peak learning rate of every variable that learns, by its id.

    Args:
        network: A network that `freeze` has seen.
        step: The step.
    """
    parts = parts_of(network)
    rates = step.rates(list(parts))
    found = {}
    for name, part in parts.items():
        slower = _slower(part, step) if name in network.encoders else {}
        for variable in part.trainable_variables:
            found[id(variable)] = rates[name] / slower.get(id(variable), 1.0)
    return found


def variable_owners(model: Any) -> dict[int, tuple[str, str]]:
    """Part and group of every variable that learns, by its id.

    The group is `encoders` or `heads`; what belongs to no part has neither.

    Args:
        model: A network, or another model of a step, as that of an alignment.
    """
    found = {id(variable): ("", "") for variable in model.trainable_variables}
    groups = {"encoders": getattr(model, "encoders", {})}
    groups |= {"heads": getattr(model, "heads", {})}
    joining = {name: getattr(model, name, None) for name in ("fusion", "trunk")}
    groups[""] = {name: part for name, part in joining.items() if part is not None}
    for group, parts in groups.items():
        for name, part in parts.items():
            for variable in part.trainable_variables:
                if id(variable) in found:
                    found[id(variable)] = (name, group)
    return found


def fingerprints(parts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The sha256 of every array of the parts that do not learn, by part and path.

    What a layer counts while it computes, as a generator of random numbers does, is no
    weight.
    """
    return {
        name: {f"{i}:{w.path}": _digest(w) for i, w in enumerate(part.weights)}
        for name, part in parts.items()
        if not part.trainable_weights
    }


def check_frozen(
    before: Mapping[str, Mapping[str, str]], parts: Mapping[str, Any], step: str
) -> None:
    """Compares fingerprints with the parts as they are now.

    Args:
        before: What `fingerprints` gave before the step.
        parts: The parts.
        step: The step's name.

    Raises:
        TrainingError: If an array of a frozen part changed; it says how many of which.
    """
    after = fingerprints({name: parts[name] for name in before})
    for name, held in before.items():
        changed = [path for path in held if held[path] != after[name][path]]
        if changed:
            text = (
                f"`{name}` was frozen but {len(changed)} of its {len(held)} arrays "
                f"changed: {listing([path.partition(':')[2] for path in changed])}"
            )
            fix = "A layer changes its own weights; take it out of the encoder."
            raise TrainingError(sentence(f"stage `{step}`", text, fix=fix))


def weights_digest(layer: Any) -> str:
    """The sha256 of all weights of a layer, in their order."""
    found = hashlib.sha256()
    for weight in layer.weights:
        found.update(_digest(weight).encode())
    return found.hexdigest()


def _frozen_inside(part: Any) -> tuple[Any, ...]:
    """Layers that were frozen before any step, e.g. in the file of an encoder.

    Letting a part learn would let them learn too.
    """
    known: tuple[Any, ...] | None = getattr(part, "_frozen_from_first", None)
    if known is None:
        inner = part._flatten_layers(include_self=False) if part.trainable else ()
        known = tuple(layer for layer in inner if not layer.trainable)
        # Past Keras, which would take them for layers of this one.
        object.__setattr__(part, "_frozen_from_first", known)
    return known


def _freeze_below(encoder: Any, groups: tuple[int, int]) -> None:
    learn, count = groups
    layers = _layers(encoder)
    for layer in layers[: len(layers) - _split(len(layers), learn, count)]:
        for item in layer:
            item.trainable = False


def _slower(encoder: Any, step: Step) -> dict[int, float]:
    """What the rate of each variable is divided by; empty where groups do not count."""
    if step.groups is None or step.decay == 1.0:
        return {}
    layers, found = _layers(encoder), {}
    for place, layer in enumerate(reversed(layers)):
        group = place * step.groups[1] // len(layers)
        for item in layer:
            for variable in getattr(item, "trainable_variables", [item]):
                found[id(variable)] = step.decay ** (group + 1)
    return found


def _split(layers: int, learn: int, count: int) -> int:
    """How many of the last layers are in the last `learn` of `count` groups."""
    return sum(1 for place in range(layers) if place * count // layers < learn)


def _layers(encoder: Any) -> list[list[Any]]:
    """What has weights inside an encoder, from its input to its output.

    Each item is a layer, or the weights that an encoder has beside its layers: such are
    tables of embeddings and positions, which come first.
    """
    while isinstance(encoder, Wrapped):
        encoder = encoder.layer
    return list(_inside(encoder))


def _inside(layer: Any) -> Iterator[list[Any]]:
    if layer._trainable_variables:
        yield list(layer._trainable_variables)
    children = layer.layers if isinstance(layer, keras.Model) else layer._layers
    for child in children:
        if isinstance(child, keras.Model):
            yield from _inside(child)
        elif child.weights:
            yield [child]


def _count(variables: Any) -> int:
    return sum(int(np.prod(variable.shape)) for variable in variables)


def _digest(weight: Any) -> str:
    return array_digest(keras.ops.convert_to_numpy(weight.value))
