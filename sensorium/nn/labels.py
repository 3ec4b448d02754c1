"""Labels and sample weights as a network's heads need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from sensorium.nn.heads.base import Head
from sensorium.nn.joining import PRESENT, check_outputs
from sensorium.nn.unimodal import labels_where_present

Heads = Mapping[str, Head]


def complete_labels(
    heads: Heads, labels: Any, outputs: Mapping[str, Any], inputs: Any
) -> dict[str, Any]:
    """Labels for every head: given ones, made or copied ones, and absent ones.

    Args:
        heads: The heads by output.
        labels: Labels by output, or one array where there is one head (copies of it
            for single inputs do not count).
        outputs: The network's outputs.
        inputs: The network's inputs, or `None` where they are not known.
    """
    if not isinstance(labels, Mapping):
        whole = [name for name, head in heads.items() if head.labels_of is None]
        labels = dict.fromkeys(whole, labels) if len(whole) == 1 else (labels or {})
    check_outputs(heads, labels, "labels")
    return {
        name: labels[name]
        if labels.get(name) is not None
        else _own(head, labels, outputs[name], inputs)
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
    first = {name: getattr(heads[name], "labels_of", None) for name in labels}
    return {name: weights.get(name, weights.get(first[name], ones)) for name in labels}


def _own(head: Head, labels: Mapping[str, Any], outputs: Any, inputs: Any) -> Any:
    given = None if head.labels_of is None else labels.get(head.labels_of)
    if given is not None:
        return labels_where_present(head, given, inputs)
    if head.of is None or inputs is None:
        return head.absent(outputs)
    return head.label_from(inputs[head.of], inputs.get(head.of + PRESENT))
