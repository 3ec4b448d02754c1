"""Which layer of a model gives the encoding, when nobody says so."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sensorium.errors import DataError, listing, sentence
from sensorium.nn.encoders.copying import is_graph
from sensorium.nn.encoders.tapping import Step, Tapped

OUTPUT = "output"
"""What `at` says for the output, whatever it is."""

_UNKNOWN = 1000  # stands for a length that differs from row to row
_DRAWS = 256
_LINEAR = "linear"
_PROBABILITIES = ("softmax", "sigmoid")
_AFTER = ("Activation", "Dropout", "Flatten", "Reshape", "Softmax")


@dataclass(frozen=True)
class Choice:
    """Where a model is cut.

    Args:
        tensor: The tensor that is the encoding.
        at: The layer that gives it.
        because: A sentence: which layer, and why.
        is_code: Whether it is the bottleneck of an autoencoder.
        drawn: What a variational autoencoder draws around `tensor`, for its decoder.
    """

    tensor: Any
    at: str
    because: str
    is_code: bool = False
    drawn: Any = None


def choose(tapped: Tapped, at: str | None, *, classifies: bool = False) -> Choice:
    """Decides where to cut a model.

    Args:
        tapped: The model.
        at: A layer's name or path, `output`, or `None` to find it.
        classifies: Whether the model is known to have been taught classes.

    Raises:
        DataError: If the layer is unknown or not clear; says what to do.
    """
    if at == OUTPUT and not _has_layer(tapped, OUTPUT):
        return _output(tapped, "`at` names the output")
    if at is not None:
        return _named(tapped, at)
    output = tapped.result()
    start = tapped.one_input(output)
    if _is_reconstruction(start, output):
        return bottleneck(tapped)
    before = _before_classes(tapped, start, output, classifies)
    if before is not None:
        return before
    return _output(tapped, "it is the model's output")


def bottleneck(tapped: Tapped) -> Choice:
    """The narrowest place that everything on the way to the output passes through.

    Of several that are equally narrow the first one counts. Where connections go past
    every narrow place, the narrowest layer of all is taken.

    Raises:
        DataError: If nothing on the way is narrower than the input.
    """
    output = tapped.result()
    start = tapped.one_input(output)
    steps = tapped.relevant(start, output)
    size = values_of(start)
    every = [step for step in steps if len(step.outputs) == 1 and step is not steps[-1]]
    narrow = [step for step in every if values_of(step.outputs[0]) < size]
    passed = [s for s in narrow if not crossing(steps, start, s.outputs[0])]
    if not narrow:
        text = "the output has the shape of the input, and no layer between is narrower"
        fix = f"Name a layer with `at=`, or say `at={OUTPUT!r}`. Layers: "
        fix += f"{listing([f'`{step.path}`' for step in steps], 20)}."
        raise DataError(sentence(tapped.where, text, fix=fix))
    step = min(passed or narrow, key=lambda step: values_of(step.outputs[0]))
    width = values_of(step.outputs[0])
    past = "" if passed else ", though other connections go past it"
    because = (
        f"The output has as many values as the input ({_count(size)}): an autoencoder. "
        f"`{step.path}` is its narrowest layer ({_count(width)} values a row){past}."
    )
    choice = Choice(step.outputs[0], step.path, because, is_code=True)
    return _without_chance(tapped, start, step, choice)


def _without_chance(tapped: Tapped, start: Any, step: Step, found: Choice) -> Choice:
    """What a layer draws around, if the code is drawn at random (variational)."""
    own = type(step.layer).__module__.startswith("keras.")
    if own and not isinstance(step.layer, keras.layers.Lambda):
        return found
    shape = [size or 4 for size in start.shape[1:]]
    row = np.random.default_rng(0).random(shape)
    rows = np.stack([row] * _DRAWS).astype(start.dtype)
    center, drawn = _mean(tapped.between(start, found.tensor)(rows))
    if not drawn:
        return found
    same = [x for x in step.inputs if tuple(x.shape) == tuple(found.tensor.shape)]
    means = [_mean(tapped.between(start, x)(rows)) for x in same]
    far = [np.inf if moves else np.abs(mean - center).max() for mean, moves in means]
    if not far or min(far) == np.inf:
        because = f"{found.because} It draws its values at random."
        return Choice(found.tensor, found.at, because, is_code=True)
    middle = same[int(np.argmin(far))]
    at = tapped.step_of(middle).path
    because = f"{found.because} It draws them at random; `{at}` gives their mean."
    return Choice(middle, at, because, is_code=True, drawn=found.tensor)


def _mean(outputs: Any) -> tuple[np.ndarray, bool]:
    """The mean over equal rows, and whether they differ."""
    values = np.asarray(keras.ops.convert_to_numpy(outputs), "float64")
    return values.mean(axis=0), bool(np.ptp(values, axis=0).max() > 1e-5)


def refuse_reconstruction(model: Any, where: str) -> None:
    """Raises `DataError` if a model is an autoencoder that gives what it was given."""
    if not is_graph(model) or len(model.inputs) > 1 or len(model.outputs) > 1:
        return
    if not _is_reconstruction(model.inputs[0], model.outputs[0]):
        return
    try:
        found = bottleneck(Tapped(model))
    except DataError:
        return  # nothing is narrower: it is no autoencoder, or nobody can tell
    size, width = (values_of(x) for x in (model.outputs[0], found.tensor))
    text = f"gives {_count(size)} values a row, as many as it takes: a reconstruction"
    fix = f"Its narrowest layer is `{found.at}` ({_count(width)} values): take "
    fix += "`sm.encoders.load(model)`, or `sm.encoders.load(model, at='output')` if "
    fix += "the reconstruction is meant."
    raise DataError(sentence(where, text, fix=fix))


def crossing(steps: Sequence[Step], start: Any, tensor: Any) -> list[tuple[str, str]]:
    """The connections that go past a tensor: from which layer, to which.

    Args:
        steps: The steps on the way, in order of computing.
        start: The input.
        tensor: Where the model is cut.
    """
    givers = {id(x): step.path for step in steps for x in step.outputs}
    givers[id(start)] = "the input"
    after = _not_before(steps, tensor)
    later = {id(x) for step in after for x in step.outputs} | {id(tensor)}
    loose = [
        (givers.get(id(x), "the input"), step.path)
        for step in after
        for x in step.inputs
        if id(x) not in later
    ]
    return list(dict.fromkeys(loose))


def values_of(tensor: Any) -> int:
    """How many values of a tensor one row has; an unknown length counts as 1000."""
    return math.prod(size or _UNKNOWN for size in tensor.shape[1:])


def _not_before(steps: Sequence[Step], tensor: Any) -> list[Step]:
    """The steps that a tensor does not need."""
    needed = {id(tensor)}
    others = []
    for step in reversed(steps):
        if any(id(x) in needed for x in step.outputs):
            needed.update(id(x) for x in step.inputs)
        else:
            others.append(step)
    return others[::-1]


def _is_reconstruction(start: Any, output: Any) -> bool:
    if len(start.shape) == 2 and not keras.backend.is_float_dtype(start.dtype):
        return False  # ids, not measurements
    same = tuple(start.shape[1:]) == tuple(output.shape[1:])
    return same or (
        values_of(start) == values_of(output)
        and None not in (*start.shape[1:], *output.shape[1:])
        and len(start.shape) != len(output.shape)
    )


def _before_classes(
    tapped: Tapped, start: Any, output: Any, classifies: bool
) -> Choice | None:
    """What feeds the last layer, of a model that ends in classes."""
    ends = False
    for step in reversed(tapped.relevant(start, output)):
        word = _activation(step.layer)
        ends = ends or word in _PROBABILITIES
        if isinstance(step.layer, keras.layers.Dense):
            if not ends and not (word == _LINEAR and classifies):
                return None
            before = tapped.step_of(step.inputs[0])
            kind = "probabilities" if ends else "logits"
            because = (
                f"The model ends in {kind} of classes (`{step.path}`): "
                f"`{before.path}` is what feeds that layer."
            )
            return Choice(step.inputs[0], before.path, because)
        if type(step.layer).__name__ not in _AFTER or len(step.inputs) != 1:
            return None
    return None


def _activation(layer: Any) -> str:
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    if not isinstance(layer, (keras.layers.Activation, keras.layers.Dense)):
        name = type(layer).__name__.lower()
        return name if name in _PROBABILITIES else ""
    return str(getattr(layer.activation, "__name__", ""))


def _named(tapped: Tapped, at: str) -> Choice:
    step = tapped.step(at)
    if len(step.outputs) != 1:
        text = f"`{step.path}` has {len(step.outputs)} outputs; an encoder has one"
        names = [s.path for s in _direct(tapped, step)]
        fix = f"Name the layer of one of them: {listing(names)}." if names else ""
        raise DataError(sentence(tapped.where, text, fix=fix))
    tensor = step.outputs[0]
    because = f"`at` names `{step.path}`."
    return Choice(tensor, step.path, because, _is_code(tapped, tensor))


def _is_code(tapped: Tapped, tensor: Any) -> bool:
    """Whether this is where `bottleneck` would cut too."""
    if len(tapped.outputs) > 1 or len(tapped.inputs) > 1:
        return False
    if not _is_reconstruction(tapped.inputs[0], tapped.outputs[0]):
        return False
    try:
        return bottleneck(tapped).tensor is tensor
    except DataError:
        return False


def _direct(tapped: Tapped, step: Step) -> Iterator[Step]:
    for tensor in step.outputs if step.inner else ():
        yield tapped.step_of(tensor)


def _output(tapped: Tapped, why: str) -> Choice:
    tensor = tapped.result()
    path = tapped.step_of(tensor).path
    return Choice(tensor, path, f"`{path}` gives the encoding: {why}.")


def _has_layer(tapped: Tapped, name: str) -> bool:
    return any(step.path == name for step in tapped.steps)


def _count(size: int) -> str:
    return f"{size:,}"
