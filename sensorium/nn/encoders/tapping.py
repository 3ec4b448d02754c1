"""Cutting Keras models open: every layer by its path, and a model up to any of them.

A model is called once more, layer by layer, with a copy of each layer. Models inside
it are called the same way, so that what comes out is one flat graph without nesting,
in which any two places can be the ends of a new model. Nothing here reads files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np

from sensorium.errors import DataError, listing, near, sentence
from sensorium.nn.frozen_norm import FrozenBatchNormalization

BatchNorm = Literal["frozen", "learn"]


@dataclass(frozen=True, eq=False)
class Step:
    """One call of one layer.

    Args:
        path: Where the layer stands, e.g. `block/conv`; `:2` at its second call.
        layer: The copied layer, or for a whole inner model the model.
        inputs: The tensors that it took.
        outputs: The tensors that it gave.
        inner: Whether this is a whole model whose layers are steps of their own.
    """

    path: str
    layer: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    inner: bool = False


class Tapped:
    """A model as one flat graph of copied layers.

    Args:
        model: A Keras model, or a layer that was built.
        batch_norm: `frozen` calls batch normalisation in inference mode, always.
        where: How messages call the model.
        input_shape: Shape of one row, for a model that does not know it.

    Raises:
        DataError: If the model cannot be copied; says why and what to do.
    """

    def __init__(
        self,
        model: Any,
        *,
        batch_norm: BatchNorm = "frozen",
        where: str = "the model",
        input_shape: Sequence[int | None] | None = None,
    ) -> None:
        self.where = where
        self.name = model.name
        self.opaque: list[str] = []
        self._frozen = batch_norm == "frozen"
        self._copies: dict[int, Any] = {}
        self._alive: list[Any] = []  # an id counts only while its object lives
        self._names: set[str] = set()
        self._calls: dict[str, int] = {}
        self.steps: list[Step] = []
        known = inputs_of(model, where, input_shape)
        self.inputs = [self._input(x) for x in known]
        model = traced(model, known)
        self.outputs = tuple(self._all(model))

    def step(self, at: str) -> Step:
        """The step that a layer's name or path stands for.

        Raises:
            DataError: If there is none, or several; lists the nearest ones.
        """
        exact = [s for s in self.steps if s.path == at]
        ending = [s for s in self.steps if s.path.endswith(f"/{at}")]
        again = [s for s in self.steps if s.path.startswith(f"{at}:")]
        found = [*exact, *again] if exact else ending
        if len(found) == 1:
            return found[0]
        if not found:
            raise DataError(sentence(self.where, *self._unknown(at)))
        text = f"`{at}` stands in the model {len(found)} times"
        fix = f"Take one of {listing([f'`{step.path}`' for step in found], 8)}."
        raise DataError(sentence(self.where, text, fix=fix))

    def result(self) -> Any:
        """The model's one output.

        Raises:
            DataError: If it has several; names the layers that give them.
        """
        if len(self.outputs) == 1:
            return self.outputs[0]
        names = [self.step_of(x).path for x in self.outputs]
        text = f"the model has {len(names)} outputs"
        fix = f"Name a layer, e.g. `at={names[0]!r}`; outputs come from "
        fix += f"{listing([f'`{name}`' for name in names], 8)}."
        raise DataError(sentence(self.where, text, fix=fix))

    def step_of(self, tensor: Any) -> Step:
        """The call that a tensor came from; an input counts as a call without layer."""
        for step in self.steps:
            if not step.inner and any(x is tensor for x in step.outputs):
                return step
        name = next((x.name for x in self.inputs if x is tensor), "input")
        return Step(name, None, (), (tensor,))

    def one_input(self, tensor: Any) -> Any:
        """The only input that a tensor depends on.

        Raises:
            DataError: If there are several; says which layers see one of them alone.
        """
        needed = _above(self.steps, [tensor])
        found = [x for x in self.inputs if id(x) in needed]
        if len(found) == 1:
            return found[0]
        place = self.step_of(tensor).path
        if not found:
            text = f"`{place}` does not depend on the model's input"
            raise DataError(sentence(self.where, text))
        names = listing([f"`{x.name}`" for x in found], 8)
        text = f"`{place}` depends on {len(found)} inputs ({names}); an encoder has one"
        lines = [line for x in found for line in self._alone(x)]
        fix = "Give each input a model of its own and join these."
        if lines:
            fix = f"Name a layer that sees one of them alone: {' or '.join(lines)}."
        raise DataError(sentence(self.where, text, fix=fix))

    def between(self, start: Any, end: Any, name: str | None = None) -> Any:
        """A Keras model from one tensor to another."""
        return keras.Model(start, end, name=name)

    def relevant(self, start: Any, end: Any) -> list[Step]:
        """The steps on the ways from one tensor to another, in order of computing."""
        needed = _above(self.steps, [end])
        reached = {id(start)}
        found = []
        for step in self.steps:
            if step.inner or not any(id(x) in reached for x in step.inputs):
                continue
            reached.update(id(x) for x in step.outputs)
            if any(id(x) in needed for x in step.outputs):
                found.append(step)
        return found

    # --- inner ---

    def _all(self, model: Any) -> Iterator[Any]:
        if is_graph(model):
            yield from keras.tree.flatten(self._through(model, self.inputs, ""))
        else:
            yield from keras.tree.flatten(self._call(model, "")(*self.inputs))

    def _through(self, model: Any, tensors: Any, prefix: str) -> Any:
        if isinstance(model, keras.Sequential):
            for layer in model.layers:
                tensors = [self._call(layer, prefix)(*tensors)]
            return tensors[0]
        # What Keras's own models do when they are called, with another way to call.
        return model._run_through_graph(
            tensors, operation_fn=lambda layer: self._call(layer, prefix)
        )

    def _call(self, layer: Any, prefix: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            path = self._path(f"{prefix}{layer.name}")
            taken = _tensors((args, kwargs))
            if is_graph(layer):
                used: Any = layer
                outputs = self._through(layer, _tensors(args) or taken, f"{path}/")
            else:
                used = self._copy(layer, path)
                outputs = self._follow(used, path, args, kwargs)
                _copy_weights(layer, used, f"{self.where}, layer `{path}`")
            given = tuple(keras.tree.flatten(outputs))
            self.steps.append(Step(path, used, tuple(taken), given, is_graph(layer)))
            return outputs

        return call

    def _follow(self, layer: Any, path: str, args: Any, kwargs: Any) -> Any:
        """Calls a layer without values; its own code may not stand that."""
        try:
            return layer(*args, **kwargs)
        except (AttributeError, RuntimeError, TypeError, ValueError) as error:
            if not isinstance(layer, keras.Model):
                raise
            raise _no_graph(layer, f"{self.where}, `{path}`", error) from error

    def _path(self, path: str) -> str:
        count = self._calls[path] = self._calls.get(path, 0) + 1
        return path if count == 1 else f"{path}:{count}"

    def _copy(self, layer: Any, path: str) -> Any:
        if id(layer) not in self._copies:
            name = layer.name if layer.name not in self._names else None
            name = name or path.replace("/", "_").replace(":", "_")
            while name in self._names:
                name += "_"
            self._names.add(name)
            self._alive.append(layer)
            frozen = self._frozen and type(layer) is keras.layers.BatchNormalization
            kind = FrozenBatchNormalization if frozen else None
            where = f"{self.where}, `{path}`"
            self._copies[id(layer)] = copied(layer, name, where, kind)
            if isinstance(layer, keras.Model):
                self.opaque.append(path)
        return self._copies[id(layer)]

    def _input(self, tensor: Any) -> Any:
        name = tensor.name
        while name in self._names:
            name += "_"
        self._names.add(name)
        return keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)

    def _alone(self, tensor: Any) -> Iterator[str]:
        """The line that names the last layer which sees this input and no other."""
        last = None
        for step in self.steps:
            above = _above(self.steps, step.outputs)
            seen = [x for x in self.inputs if id(x) in above]
            if len(step.outputs) == 1 and len(seen) == 1 and seen[0] is tensor:
                last = step
        if last is not None:
            yield f"`at={last.path!r}` (`{tensor.name}`)"

    def _unknown(self, at: str) -> tuple[str, None, str]:
        names = list(dict.fromkeys(step.path for step in self.steps))
        lasts = {name.rpartition("/")[2]: name for name in names}
        hint = near(at, names) or near(at, lasts)
        known = listing([f"`{name}`" for name in names], 20)
        text = f"the model has no layer `{at}`"
        if any(path in at or not names for path in self.opaque):
            hint = f"Layers inside {listing(self.opaque)} are called in Python code."
        return text, None, f"{hint} Layers: {known}.".strip()


def is_graph(layer: Any) -> bool:
    """Whether a layer is a model whose layers stand in a graph that can be walked."""
    if not isinstance(layer, keras.Model):
        return False
    if isinstance(layer, keras.Sequential):
        return type(layer).call is keras.Sequential.call and layer.built
    call: Any = type(layer).call
    return isinstance(layer, keras.Function) and call.__module__ == _FUNCTIONAL


_FUNCTIONAL = "keras.src.models.functional"


def inputs_of(
    model: Any, where: str, shape: Sequence[int | None] | None = None
) -> list[Any]:
    """The input tensors of a model or built layer.

    Raises:
        DataError: If nobody knows the shape of its input.
    """
    if is_graph(model):
        return keras.tree.flatten(model.inputs)
    if shape is None:
        known = (model.get_build_config() or {}).get("input_shape")
        shape = known[1:] if known and _is_shape(known) else None
    if shape is None:
        text = f"nobody knows the shape of what `{model.name}` takes"
        fix = "Give `input_shape=`, the shape of one row, or call it once on data."
        raise DataError(sentence(where, text, fix=fix))
    whole = isinstance(model, keras.layers.Embedding)
    return [keras.Input(shape, dtype="int32" if whole else None, name="input")]


def traced(model: Any, inputs: Sequence[Any]) -> Any:
    """A model that is written as Python code, as a graph of its layers.

    Comes back as it is where its code cannot be followed, or where what was followed
    computes something else, e.g. because the code draws random numbers.
    """
    if is_graph(model) or not isinstance(model, keras.Model) or len(inputs) != 1:
        return model
    shape = [2, *(size or 4 for size in inputs[0].shape[1:])]
    values = np.random.default_rng(0).random(shape).astype(inputs[0].dtype)
    # Whatever the user's code raises, the model is then used without looking inside.
    with contextlib.suppress(Exception):
        outputs = model.call(inputs[0])
        graph = keras.Model(inputs[0], outputs, name=model.name)
        pairs = zip(
            keras.tree.flatten(graph(values)),
            keras.tree.flatten(model(values)),
            strict=True,
        )
        if all(_equal(one, two) for one, two in pairs):
            return graph
    return model


def _equal(one: Any, two: Any) -> bool:
    first, second = (keras.ops.convert_to_numpy(x) for x in (one, two))
    return bool(np.allclose(first, second, rtol=1e-5, atol=1e-6))


def copied(layer: Any, name: str, where: str, kind: Any = None) -> Any:
    """A layer of the same arguments, under a name, without weights.

    Args:
        layer: A layer or operation.
        name: Name of the copy.
        where: How messages call it.
        kind: Class of the copy; the layer's own if left out.

    Raises:
        DataError: If the layer's class cannot make it again.
    """
    try:
        config = {**layer.get_config(), "name": name}
        if isinstance(layer, keras.layers.Normalization):
            config |= _statistics(layer)
        copy = (kind or type(layer)).from_config(config)
    except (AttributeError, KeyError, NotImplementedError, TypeError, ValueError) as e:
        if not isinstance(layer, keras.layers.Layer):
            return layer  # an operation without weights or settings
        if isinstance(layer, keras.Model):
            raise _no_graph(layer, where, e) from e
        text = f"a `{type(layer).__name__}` cannot be made again"
        fix = "Its `get_config` must return all arguments of its constructor."
        raise DataError(sentence(where, text, str(e), fix)) from e
    return copy


def _no_graph(model: Any, where: str, error: Exception) -> DataError:
    """What is said of a model whose Python code can be neither followed nor copied."""
    text = f"a `{type(model).__name__}` is Python code that Keras cannot follow"
    parts = [name for name, part in vars(model).items() if is_graph(part)]
    fix = "Write it with `keras.ops` only, or load a model inside it"
    fix += f", e.g. `load(model.{parts[0]})`." if parts else "."
    return DataError(sentence(where, text, str(error).splitlines()[0], fix))


def _statistics(layer: Any) -> dict[str, Any]:
    """What a normalisation learned, as arguments: then it needs no weights."""
    if layer.input_mean is not None or not layer.built:
        return {}
    statistics = {"mean": layer.adapt_mean, "variance": layer.adapt_variance}
    return {
        name: np.asarray(keras.ops.convert_to_numpy(value.value)).tolist()
        for name, value in statistics.items()
    }


def _copy_weights(old: Any, new: Any, where: str) -> None:
    if not isinstance(old, keras.layers.Layer) or old is new or not new.weights:
        return
    shapes = [tuple(weight.shape) for weight in old.weights]
    if shapes != [tuple(weight.shape) for weight in new.weights]:
        text = f"the copy of a `{type(old).__name__}` has other weights than it"
        raise DataError(sentence(where, text, fix="Save the model and load the file."))
    for target, source in zip(new.weights, old.weights, strict=True):
        target.assign(source)


def _above(steps: Sequence[Step], ends: Sequence[Any]) -> set[int]:
    """The ids of all tensors that some tensors are computed from, themselves too."""
    needed = {id(x) for x in ends}
    for step in reversed(steps):
        if not step.inner and any(id(x) in needed for x in step.outputs):
            needed.update(id(x) for x in step.inputs)
    return needed


def _tensors(tree: Any) -> list[Any]:
    flat = keras.tree.flatten(tree)
    return [x for x in flat if isinstance(x, keras.KerasTensor)]


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, (list, tuple)) and all(
        size is None or isinstance(size, int) for size in shape
    )
