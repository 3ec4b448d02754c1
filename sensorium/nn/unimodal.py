"""Unimodal heads: copies of heads that read one input's encoding alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import keras

from sensorium.nn.heads.base import Head
from sensorium.nn.joining import PRESENT


def unimodal_name(output: str, name: str, taken: Iterable[str] = ()) -> str:
    """What an output's copy for an input is called, e.g. `sold_from_photo`.

    Args:
        output: The output.
        name: The input.
        taken: Names that are given away.
    """
    found, others = f"{output}_from_{name}", set(taken)
    while found in others:
        found += "_"
    return found


def unimodal_copy(
    head: Head, output: str, reads: str, *, name: str, weight: float = 1.0
) -> Head:
    """An unbuilt copy of a head that learns the same labels from one input alone.

    It learns where the input is present. Its loss counts as the output's does in its
    own weights, and `weight` times as much in the input's encoder.

    Args:
        head: The head of an output.
        output: The output's name.
        reads: The input.
        name: What the copy is called.
        weight: Factor of its gradient in the encoder, from 0: with 0 it only measures
            what the encoding says.
    """
    config = {**head.get_config(), "name": name, "reads": reads}
    copied = type(head).from_config(config)
    copied.labels_of = output
    copied.passes = float(weight)
    return copied


def with_unimodal_heads(
    heads: Mapping[str, Head], inputs: Iterable[str], weight: float = 1.0
) -> dict[str, Head]:
    """Heads for `join`, and for every input a copy of each that reads it alone.

    The copies learn the labels of their output, so `fit` needs no labels for them.
    `sensorium.network.fused_only` gives the trained network without them. Heads that
    read one input, rebuild one or look at a picture have no copies.

    Args:
        heads: The heads by output, not built.
        inputs: Names of the inputs that get copies.
        weight: Factor of the copies' gradients in the encoders, from 0.
    """
    found = dict(heads)
    inputs = list(inputs)
    for output, head in heads.items():
        for reads in inputs if can_be_copied(head) else ():
            name = unimodal_name(output, reads, (*found, *inputs))
            copied = unimodal_copy(head, output, reads, name=name, weight=weight)
            found[name] = copied
    return found


def can_be_copied(head: Head) -> bool:
    """Whether an output can be told from one input's encoding, by a copy of its head.

    Args:
        head: The output's head.
    """
    if head.looks_at_maps:  # a copy has one input's vector only
        return False
    return head.reads is None and head.of is None and head.labels_of is None


def copies_of(heads: Mapping[str, Head]) -> dict[str, dict[str, str]]:
    """The unimodal heads of every output that has some: output -> input -> name.

    Args:
        heads: The heads of a network.
    """
    found: dict[str, dict[str, str]] = {}
    for name, head in heads.items():
        if head.labels_of is not None and head.reads is not None:
            found.setdefault(head.labels_of, {})[head.reads] = name
    return found


def labels_where_present(head: Head, labels: Any, inputs: Any) -> Any:
    """An output's labels, absent where the input that a copy reads is.

    Args:
        head: The copy.
        labels: The labels of its output.
        inputs: The network's inputs, or `None` where they are not known.
    """
    present = (inputs or {}).get(f"{head.reads}{PRESENT}")
    if present is None:
        return labels
    ops = keras.ops
    by_class = head.target in ("category", "mask")
    labels = ops.cast(labels, "int32" if by_class else "float32")
    missing = ops.full_like(labels, -1 if by_class else float("nan"))
    shape = (-1, *[1] * (len(labels.shape) - 1))
    there = ops.reshape(ops.cast(present, "bool"), shape)
    return ops.where(there, labels, missing)
