"""Gradients and steps on JAX, where variables are values that go in and come out."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import keras
import numpy as np
from keras import ops

from sensorium.engine.found import Found, Look

Arrays = Mapping[str, np.ndarray]
Outputs = dict[str, Any]


def prepare(seed: int) -> None:
    """JAX on a CPU repeats itself as it is."""


def compiled_forward(network: keras.Model) -> Callable[[Arrays], Outputs]:
    """Compiles `network(inputs, training=False)`, once for each shape of inputs."""
    trainable = [variable.value for variable in network.trainable_variables]
    fixed = [variable.value for variable in network.non_trainable_variables]

    @jax.jit
    def forward(trainable: list, fixed: list, inputs: dict) -> dict:  # type: ignore[type-arg]  # pytrees
        outputs, _ = network.stateless_call(trainable, fixed, inputs, training=False)
        return dict(outputs)

    def call(inputs: Arrays) -> Outputs:
        return forward(trainable, fixed, dict(inputs))

    return call


class _Scope(keras.StatelessScope):
    """Reads variables as the scope around it does, and remembers which changed."""

    def __init__(self, variables: Sequence[Any], values: Sequence[Any]) -> None:
        pairs = list(zip(variables, values, strict=True))
        super().__init__(pairs, collect_losses=True)
        self.state_mapping: dict[int, Any]
        self.changed: dict[int, Any] = {}

    def __enter__(self) -> Any:
        super().__enter__()
        if self.original_scope is not None:
            around = self.original_scope.state_mapping
            self.state_mapping = {**around, **self.state_mapping}
        return self

    def add_update(self, update: Any) -> None:
        super().add_update(update)
        self.changed[id(update[0])] = update[0]


def differentiate(
    losses: Callable[[], tuple[Sequence[Any], Any]], variables: list[Any]
) -> Found:
    """As `Engine.differentiate`."""
    changed: list[Any] = []

    def computed(values: list[Any]) -> Any:
        with _Scope(variables, values) as scope:
            found, extra = losses()
            changed[:] = scope.changed.values()
            after = [scope.get_current_value(variable) for variable in changed]
        return ops.cast(ops.stack(list(found)), "float32"), (extra, after)

    values = [ops.convert_to_tensor(variable) for variable in variables]
    found, pull, (extra, after) = jax.vjp(computed, values, has_aux=True)
    for variable, value in zip(changed, after, strict=True):
        variable.assign(value)
    return Found(found, extra, lambda weights: pull(ops.cast(weights, "float32"))[0])


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """As `Engine.input_gradients`."""
    return jax.grad(lambda values: ops.sum(function(values)))(
        ops.convert_to_tensor(inputs)
    )


def apply(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """As `Engine.apply`."""
    if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer.apply(gradients, variables)
        return
    # Its conditions assign, which a traced branch may not do; this way they return.
    own, state = optimizer.variables, [item.value for item in optimizer.variables]
    values = [variable.value for variable in variables]
    values, state = optimizer.stateless_apply(state, gradients, values)
    for variable, value in zip([*variables, *own], [*values, *state], strict=True):
        variable.assign(value)


def compiled_step(model: keras.Model, step: Callable[[Any], dict[str, Any]]) -> Look:
    """As `Engine.compiled_step`."""
    variables = [*model.trainable_variables, *model.non_trainable_variables]

    @jax.jit
    def looked(values: list[Any], data: Any) -> dict[str, Any]:
        with keras.StatelessScope(list(zip(variables, values, strict=True))):
            return step(data)

    def call(data: Any) -> dict[str, Any]:
        return dict(looked([variable.value for variable in variables], data))

    def begin(data: Any) -> Callable[[], None]:
        # Tracing is Python and stays here. XLA compiles without Python's lock, and
        # JAX remembers by whatever thread it was done. While `fit` learns from the
        # batches of an epoch, variables have shapes but no values.
        form: Any = jax.ShapeDtypeStruct
        forms = [form(variable.shape, variable.dtype) for variable in variables]
        lowered = looked.lower(forms, data)
        thread = threading.Thread(target=_compile, args=(lowered,))
        thread.start()
        return thread.join

    return Look(call, begin)


def _compile(lowered: Any) -> None:
    with contextlib.suppress(RuntimeError):  # `call` compiles again, and says it
        lowered.compile()


def _groups(model: keras.Model) -> tuple[list[Any], ...]:
    """All variables of a model, as Keras divides them."""
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )


def train_step(
    model: keras.Model, step: Callable[[Any], dict[str, Any]], state: Any, data: Any
) -> Any:
    """As `Engine.train_step`: states in, logs and states out.

    Args:
        model: The model.
        step: A batch in, logs out.
        state: The values of all its variables, in Keras's four groups.
        data: A batch.
    """
    groups = _groups(model)
    pairs = [
        pair
        for variables, values in zip(groups, state, strict=True)
        for pair in zip(variables, values, strict=True)
    ]
    with keras.StatelessScope(pairs) as scope:
        logs = step(data)
        after = tuple(
            [scope.get_current_value(variable) for variable in variables]
            for variables in groups
        )
    return logs, after
