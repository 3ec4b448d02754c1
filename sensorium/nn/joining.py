"""What is checked before parts are joined, and the names given to a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from sensorium.errors import DataError, Problem, listing, near, sentence
from sensorium.nn.fusion.base import Fusion
from sensorium.nn.heads.base import Head

PRESENT = "/present"
"""What the name of an input's presence ends in."""

_OWN_NAMES = ("fusion", "trunk")


def join_problems(
    encoders: Mapping[str, Any],
    fusion: Any,
    heads: Mapping[str, Any],
    rates: Any = 0.0,
) -> list[Problem]:
    """Lists every mistake in what `join` was given.

    Args:
        encoders: The encoders by input.
        fusion: The fusion, or `None`.
        heads: The heads by output.
        rates: Share of rows that lack an input in training, for all or by input.
    """
    problems = [*_names(encoders, heads), *_layers(encoders, heads)]
    problems += [*_rates(encoders, rates), *_reads(encoders, heads)]
    problems += _twice([*encoders.items(), *heads.items()])
    if fusion is not None and not isinstance(fusion, Fusion):
        text = f"expected a fusion, e.g. `Concat()`. Received: {fusion!r}."
        problems.append(Problem("fusion", text))
    return problems


def check_inputs(inputs: Mapping[str, Any], given: Any) -> None:
    """Raises `DataError` unless the names given are those of the inputs.

    Args:
        inputs: The network's inputs by name.
        given: A mapping by name; presence may be left out.
    """
    if not isinstance(given, Mapping):
        text = f"expected a dict of the inputs {listing(_quoted(inputs), 12)} by name"
        raise DataError(sentence("inputs", text, type(given).__name__))
    known = [*inputs, *(name + PRESENT for name in inputs)]
    for name in given:
        if name not in known:
            fix = near(str(name), known) or f"Known: {listing(_quoted(inputs), 12)}."
            raise DataError(sentence("inputs", f"there is no input `{name}`", fix=fix))
    missing = [name for name in inputs if name not in given]
    if missing:
        text = f"the input {listing(_quoted(missing))} is missing"
        fix = f"Give it, or zeros with `{missing[0]}{PRESENT}` false where absent."
        raise DataError(sentence("inputs", text, fix=fix))


def check_outputs(outputs: Mapping[str, Any], given: Any, where: str) -> None:
    """Raises `DataError` unless the names given are those of outputs.

    Args:
        outputs: The network's outputs by name.
        given: A mapping by name; outputs may be left out.
        where: How the message calls it.
    """
    known = listing(_quoted(outputs), 12)
    if not isinstance(given, Mapping):
        text = f"expected a dict by the names of outputs ({known})"
        raise DataError(sentence(where, text, type(given).__name__))
    for name in given:
        if name not in outputs:
            fix = near(str(name), outputs) or f"Known: {known}."
            raise DataError(sentence(where, f"there is no output `{name}`", fix=fix))


def _names(encoders: Mapping[str, Any], heads: Mapping[str, Any]) -> list[Problem]:
    problems = []
    if not encoders:
        problems.append(Problem("encoders", "a network needs at least one input."))
    if not heads:
        text = "a network needs an output, e.g. `{'sold': Classification(2)}`."
        problems.append(Problem("heads", text))
    names: list[Any] = [*encoders, *heads]
    for name in names:
        if not isinstance(name, str) or not name or "/" in name:
            text = "a name is a text without `/`, which separates a layer's path."
            problems.append(Problem(str(name), f"{text} Received: {name!r}."))
        if name in _OWN_NAMES:
            text = "the network calls a part of its own so. Choose another name."
            problems.append(Problem(name, text))
    for name in encoders:
        if name in heads:
            text = "an input and an output have this name. Rename one of them."
            problems.append(Problem(name, text))
    return problems


def _layers(encoders: Mapping[str, Any], heads: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for name, layer in encoders.items():
        known = isinstance(layer, keras.layers.Layer)
        if not known or isinstance(layer, (Head, Fusion)):
            text = "expected an encoder, or a Keras model or layer."
            problems.append(Problem(f"encoders.{name}", f"{text} Received: {layer!r}."))
    for name, head in heads.items():
        if not isinstance(head, Head):
            text = f"expected a head, e.g. `Classification(2)`. Received: {head!r}."
            problems.append(Problem(f"heads.{name}", text))
    return problems


def _rates(encoders: Mapping[str, Any], rates: Any) -> list[Problem]:
    given = rates if isinstance(rates, Mapping) else {"": rates}
    problems = []
    for name, rate in given.items():
        path = f"modality_dropout.{name}" if name else "modality_dropout"
        if name and name not in encoders:
            fix = near(str(name), encoders) or f"Known: {listing(_quoted(encoders))}."
            problems.append(Problem(path, f"there is no such input. {fix}"))
        elif not isinstance(rate, (int, float)) or not 0 <= rate < 1:
            text = f"expected a share of at least 0 and below 1. Received: {rate!r}."
            problems.append(Problem(path, text))
    return problems


def _reads(encoders: Mapping[str, Any], heads: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for name, head in heads.items():
        for argument in ("reads", "of"):
            wanted = getattr(head, argument, None)
            if wanted is not None and wanted not in encoders:
                fix = near(wanted, encoders) or f"Known: {listing(_quoted(encoders))}."
                text = f"there is no input `{wanted}`. {fix}"
                problems.append(Problem(f"heads.{name}.{argument}", text))
    return problems


def _twice(items: Sequence[tuple[str, Any]]) -> list[Problem]:
    seen: dict[int, str] = {}
    problems = []
    for name, layer in items:
        if id(layer) in seen:
            text = f"this is the same layer as `{seen[id(layer)]}`. Make a second one."
            problems.append(Problem(name, text))
        seen[id(layer)] = name
    return problems


def _quoted(names: Any) -> list[str]:
    return [f"`{name}`" for name in names]
