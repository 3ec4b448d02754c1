"""Labels and sample weights as a network's heads need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from sensorium.nn.heads.base import Head
from sensorium.nn.joining import PRESENT, check_outputs

Heads = Mapping[str, Head]


def complete_labels(
    heads: Heads, labels: Any, outputs: Mapping[str, Any], inputs: Any
) -> dict[str, Any]:
    """Labels for every head: given ones, those made of inputs, and absent ones.

    Args:
        heads: The heads by output.
        labels: Labels by output, or one array where there is one head.
        outputs: The network's outputs.
        inputs: The network's inputs, or `None` where they are not known.
    """
    if not isinstance(labels, Mapping):
        labels = dict.fromkeys(heads, labels) if len(heads) == 1 else (labels or {})
    check_outputs(heads, labels, "labels")
    return {
        name: labels[name]
        if labels.get(name) is not None
        else _own(head, outputs[name], inputs)
        for name, head in heads.items()
    }


def complete_weights(heads: Heads, weights: Any, labels: Mapping[str, Any]) -> Any:
    """Sample weights for every head; ones where none are given.

    Args:
        heads: The heads by output.
        weights: By output, one array for all, or `None`.
        labels: The labels by output.
    """
    if not isinstance(weights, Mapping):
        return weights
    check_outputs(heads, weights, "sample_weight")
    some = next(iter(weights.values()))
    ones = keras.ops.ones_like(some)
    return {name: weights.get(name, ones) for name in labels}


def _own(head: Head, outputs: Any, inputs: Any) -> Any:
    if head.of is None or inputs is None:
        return head.absent(outputs)
    return head.label_from(inputs[head.of], inputs.get(head.of + PRESENT))
