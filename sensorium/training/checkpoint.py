"""The whole state of a stage at the end of an epoch, to go on from later.

A stage that goes on from it ends with the same bits as one that was never stopped: the
order of rows is a function of the epoch, and all else that a step reads is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sensorium.data.order import key
from sensorium.nn.weight_values import as_numpy


@dataclass(frozen=True)
class Checkpoint:
    """A state as plain data and arrays.

    Args:
        document: Epochs done, the history, what is best so far.
        arrays: Weights, states of random numbers, the optimizer's variables, those of
            a balance of losses, and the best weights, by `<kind>/<number>`.
    """

    document: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]

    @property
    def epochs(self) -> int:
        """How many epochs are done."""
        return int(self.document["epochs"])


def captured(network: keras.Model, document: Mapping[str, Any], best: Any) -> Any:
    """The state of a network and its optimizer, now.

    Args:
        network: A compiled network, its optimizer built.
        document: What is kept beside the arrays.
        best: Arrays of the best weights, or `None`.
    """
    arrays = {
        f"{kind}/{number}": as_numpy(variable)
        for kind, number, variable in _variables(network)
    }
    kept = {f"best/{number}": array for number, array in enumerate(best or ())}
    return Checkpoint(document, {**arrays, **kept})


def put_back(network: keras.Model, checkpoint: Checkpoint) -> list[np.ndarray] | None:
    """Gives a network and its optimizer the state of a checkpoint.

    Args:
        network: A network compiled as it was then.
        checkpoint: The state.

    Returns:
        The best weights so far, or `None`.
    """
    network.optimizer.build(network.trainable_variables)
    for kind, number, variable in _variables(network):
        variable.assign(checkpoint.arrays[f"{kind}/{number}"])
    best = [name for name in checkpoint.arrays if name.startswith("best/")]
    return [checkpoint.arrays[f"best/{i}"] for i in range(len(best))] or None


def begin_random(network: keras.Model, seed: int, stage: str) -> None:
    """Makes all random numbers of a stage a function of its name and the run's seed.

    Args:
        network: A network.
        seed: The run's seed.
        stage: Name of the stage.
    """
    # What is frozen draws nothing: the numbers of the others do not depend on it.
    layers = sorted(network._flatten_layers(), key=lambda layer: not layer.trainable)
    for number, state in enumerate(_states_of(network, layers)):
        drawn = key(seed, f"{stage}/random", number) % 2**32
        state.assign(np.array([drawn, 0], dtype="uint32"))


def _variables(network: keras.Model) -> Iterator[tuple[str, int, Any]]:
    kinds = {
        "weight": network.weights,
        "random": _random_states(network),
        "optimizer": network.optimizer.variables,
        "balance": getattr(network, "balance_variables", []),
    }
    for kind, variables in kinds.items():
        for number, variable in enumerate(variables):
            yield kind, number, variable


def _random_states(network: keras.Model) -> list[Any]:
    return _states_of(network, network._flatten_layers())


def _states_of(network: keras.Model, layers: Iterable[Any]) -> list[Any]:
    weights = {id(variable) for variable in network.weights}
    return [
        variable
        for layer in layers
        for variable in _of_generators(layer)
        if id(variable) not in weights
    ]


def _of_generators(layer: Any) -> list[Any]:
    return [generator.state for generator in getattr(layer, "_seed_generators", ())]
