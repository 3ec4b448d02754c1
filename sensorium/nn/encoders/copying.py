"""Copies of Keras's layers and models, one by one, with their weights."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from sensorium.errors import DataError, sentence


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
        config = {**_without_draws(layer), "name": name}
        if isinstance(layer, keras.layers.Normalization):
            config |= _statistics(layer)
        copy = (kind or type(layer)).from_config(config)
    except (AttributeError, KeyError, NotImplementedError, TypeError, ValueError) as e:
        if not isinstance(layer, keras.layers.Layer):
            return layer  # an operation without weights or settings
        if isinstance(layer, keras.Model):
            raise no_graph(layer, where, e) from e
        text = f"a `{type(layer).__name__}` cannot be made again"
        fix = "Its `get_config` must return all arguments of its constructor."
        raise DataError(sentence(where, text, str(e), fix)) from e
    return copy


def _without_draws(layer: Any) -> dict[str, Any]:
    """A layer's arguments; drawing weights that are copied later is lost time."""
    config: dict[str, Any] = layer.get_config()
    if not type(layer).__module__.startswith(("keras.", "keras_hub.")):
        return config
    return {
        key: "zeros" if key.endswith("initializer") and value else value
        for key, value in config.items()
    }


def no_graph(model: Any, where: str, error: Exception) -> DataError:
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


def copy_weights(old: Any, new: Any, where: str) -> None:
    """Gives a copied layer the weights of the first one.

    Raises:
        DataError: If the copy has other weights.
    """
    if not isinstance(old, keras.layers.Layer) or old is new or not new.weights:
        return
    shapes = [tuple(weight.shape) for weight in old.weights]
    if shapes != [tuple(weight.shape) for weight in new.weights]:
        text = f"the copy of a `{type(old).__name__}` has other weights than it"
        raise DataError(sentence(where, text, fix="Save the model and load the file."))
    for target, source in zip(new.weights, old.weights, strict=True):
        target.assign(source)


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, (list, tuple)) and all(
        size is None or isinstance(size, int) for size in shape
    )
