"""Cutting Keras models open: every layer by its path, and a model up to any of them.

A model is called once more, layer by layer, with a copy of each layer. Models inside
it are called the same way, so that what comes out is one flat graph without nesting,
in which any two places can be the ends of a new model. Nothing here reads files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras

from sensorium.errors import DataError, listing, near, sentence
from sensorium.nn.encoders.copying import (
    copied,
    copy_weights,
    inputs_of,
    is_graph,
    no_graph,
    traced,
)
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
                copy_weights(layer, used, f"{self.where}, layer `{path}`")
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
            raise no_graph(layer, f"{self.where}, `{path}`", error) from error

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
