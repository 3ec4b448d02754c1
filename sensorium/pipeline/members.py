"""What the members of a late fusion are taught by: heads and labels for each input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sensorium.network import Network
from sensorium.nn.heads.member import Member
from sensorium.nn.joining import PRESENT
from sensorium.training.dataset import LABEL
from sensorium.training.step import Step

Arrays = Mapping[str, np.ndarray]


def stacked_outputs(network: Network, step: Step) -> list[str]:
    """The outputs of a step that a late fusion joins from answers to given labels."""
    heads = {name: network.heads[name] for name in step.outputs}
    return [n for n, head in heads.items() if head.reads is None and head.of is None]


def member_name(output: str, name: str) -> str:
    """What the member for an output and an input is called among a step's heads."""
    return f"{output}_of_{name}"


def member_heads(
    network: Network, step: Step, heads: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Heads for each input in place of outputs', and for each the label it learns.

    The mean of the losses of an output's members is its loss.

    Args:
        network: The recipe's network.
        step: The step.
        heads: The network's heads that the step trains.
    """
    outputs, inputs = stacked_outputs(network, step), list(network.encoders)
    given = step.stage.loss_weights or {}
    found: dict[str, Any] = {k: h for k, h in heads.items() if k not in outputs}
    labels = {name: name for name in found}
    for output in [name for name in outputs if name in heads]:
        head = heads[output]
        weight = float(given.get(output, head.weight)) / len(inputs)
        for index, source in enumerate(inputs):
            name = member_name(output, source)
            member = Member(head, index, len(inputs), weight=weight, name=name)
            found[name] = member
            labels[name] = output
    return found, labels


def member_labels(
    network: Network, step: Step, arrays: Arrays
) -> dict[str, np.ndarray]:
    """The labels of all members, as arrays of a step.

    Args:
        network: The recipe's network.
        step: The step.
        arrays: Encoded rows.
    """
    inputs = list(network.encoders)
    return {
        LABEL + member_name(output, name): member_label(arrays, output, name, inputs)
        for output in stacked_outputs(network, step)
        if LABEL + output in arrays
        for name in inputs
    }


def member_label(
    arrays: Arrays, output: str, name: str, inputs: list[str]
) -> np.ndarray:
    """The labels of an output where an input is there; absent elsewhere.

    A row without any input has its label for every member: they answer all then.

    Args:
        arrays: Encoded rows.
        output: The output.
        name: The input.
        inputs: All inputs.
    """
    labels = np.asarray(arrays[LABEL + output])
    here = presence_of(arrays, inputs)
    counts = here[:, inputs.index(name)] | ~here.any(axis=1)
    absent = -1 if labels.dtype.kind in "iu" else np.nan
    counts = counts.reshape(-1, *[1] * (labels.ndim - 1))
    return np.where(counts, labels, np.asarray(absent, labels.dtype))


def presence_of(arrays: Arrays, inputs: list[str]) -> np.ndarray:
    """Which inputs are there, boolean `(rows, inputs)`.

    Args:
        arrays: Encoded rows.
        inputs: The inputs; one that the arrays lack is absent.
    """
    rows = len(next(iter(arrays.values())))
    found = [
        np.asarray(arrays[name + PRESENT]) if name in arrays else np.zeros(rows, bool)
        for name in inputs
    ]
    return np.stack(found, axis=1)
