"""Small inputs and arguments for every encoder, fusion and head."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np

from sensorium.nn.decoders import DECODERS
from sensorium.nn.encoders import ENCODERS
from sensorium.nn.fusion import FUSIONS
from sensorium.nn.heads import HEADS
from sensorium.schema import Role

DECODER_ROLE = Role("decoder", DECODERS)
ENCODER_ROLE = Role("encoder", ENCODERS)
FUSION_ROLE = Role("fusion", FUSIONS)
HEAD_ROLE = Role("head", HEADS)

# What the data would say, so that a layer can be built.
FROM_DATA: dict[str, dict[str, Any]] = {
    "piecewise": {"num_columns": 3, "num_flags": 2},
    "periodic": {"num_columns": 3, "num_flags": 2},
    "embedding": {"num_categories": [5, 9]},
    "bag": {"vocabulary_size": 30},
    "text_convolution": {"vocabulary_size": 30},
    "gru": {"vocabulary_size": 30},
    "transformer": {"vocabulary_size": 30},
    "classification": {"num_classes": 3},
    "flags": {"num_flags": 4},
    "ordinal": {"num_classes": 3},
    "segmentation": {"shape": [2, 2, 3], "filters": [4]},
    "reconstruction": {"of": "x", "source": {"shape": [2, 3]}},
    "dense": {"shape": [5]},
    "convolution_1d": {"shape": [13, 2]},
    "convolution_2d": {"shape": [11, 17, 3]},
}

SHAPES: dict[str, tuple[int, ...]] = {
    "piecewise": (5,),
    "periodic": (5,),
    "mlp": (6,),
    "embedding": (2,),
    "bag": (7,),
    "text_convolution": (7,),
    "gru": (7,),
    "transformer": (7,),
    "residual": (16, 20, 3),
    "signal_convolution": (21, 3),
}


def values(word: str, rows: int, seed: int = 0) -> np.ndarray:
    """Inputs as the feature of this encoder would give them."""
    generator = np.random.default_rng(seed)
    shape = (rows, *SHAPES[word])
    if word == "residual":
        return generator.integers(0, 256, shape).astype("uint8")
    if word == "embedding":
        return generator.integers(0, 5, shape).astype("int32")
    if FROM_DATA.get(word, {}).get("vocabulary_size"):
        lengths = generator.integers(1, shape[1] + 1, (rows, 1))
        ids = generator.integers(1, 30, shape)
        return np.where(np.arange(shape[1]) < lengths, ids, 0).astype("int32")
    found = generator.normal(size=shape).astype("float32")
    if word == "signal_convolution":
        lengths = generator.integers(1, shape[1] + 1, (rows, 1))
        observed = np.arange(shape[1]) < lengths
        found = np.where(observed[..., None], found, 0.0).astype("float32")
        found[..., -1] = observed
    return found


def labels(word: str, rows: int, seed: int = 0, absent: float = 0.0) -> np.ndarray:
    """Labels of a head, a share of them absent."""
    generator = np.random.default_rng(seed)
    gone = generator.random(rows) < absent
    if word in ("classification", "ordinal"):
        return np.where(gone, -1, generator.integers(0, 3, rows)).astype("int32")
    if word == "segmentation":
        found = generator.integers(0, 3, (rows, 2, 2)).astype("int16")
        found[::2, 1, 0] = -1  # a pixel without a label
        return np.where(gone[:, None, None], -1, found).astype("int16")
    if word == "flags":
        found = generator.integers(0, 2, (rows, 4)).astype("float32")
        return np.where(gone[:, None], np.nan, found).astype("float32")
    if word == "box":
        first = generator.normal(size=(rows, 2))
        found = np.concatenate([first, first + generator.random((rows, 2))], axis=1)
        return np.where(gone[:, None], np.nan, found).astype("float32")
    if word == "reconstruction":
        found = generator.normal(size=(rows, 2, 3)).astype("float32")
        found[::2, 1, 2] = np.nan
        return np.where(gone[:, None, None], np.nan, found).astype("float32")
    found = generator.normal(5.0, 3.0, rows)
    return np.where(gone, np.nan, found).astype("float32")


def is_absent(found: np.ndarray) -> np.ndarray:
    """Which rows of labels are absent, as `labels` marks them."""
    first = found.reshape(len(found), -1)[:, 0]
    return first < 0 if found.dtype.kind == "i" else np.isnan(first)


def built(role: Role, word: str, **arguments: Any) -> Any:
    """A layer of a role with what the data would say."""
    return role.build({"type": word, **FROM_DATA.get(word, {}), **arguments})


def through_json(layer: Any) -> Any:
    """The layer that comes back from a config written as JSON."""
    return type(layer).from_config(json.loads(json.dumps(layer.get_config())))


def array(tensor: Any) -> np.ndarray:
    """A tensor as a NumPy array."""
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def gradient(function: Any, values: np.ndarray) -> np.ndarray:
    """The gradient of a scalar function of one array, on whichever backend runs."""
    if keras.backend.backend() == "jax":
        import jax

        slope = jax.jit(jax.grad(function), compiler_options=QUICK)
        return np.asarray(slope(keras.ops.convert_to_tensor(values)))
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tensor = tf.convert_to_tensor(values)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            result = function(tensor)
        found = tape.gradient(result, tensor)
        return np.zeros_like(values) if found is None else found.numpy()
    import torch

    tensor = torch.tensor(values, requires_grad=True)
    function(tensor).backward()
    return np.zeros_like(values) if tensor.grad is None else tensor.grad.numpy()


# Compiling takes longer than running here.
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def compiled(function: Any) -> Any:
    """A function compiled on JAX, where it runs one operation at a time otherwise."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(lambda *args: function(*args), compiler_options=QUICK)
    return function


def outputs(layer: Any, values: np.ndarray) -> np.ndarray:
    """What a layer, built where it is not yet, makes of rows: compiled as a whole."""
    if not layer.built:
        layer.build((None, *values.shape[1:]))
    return array(compiled(layer)(values))


def gradients(layer: Any, values: Any, *more: Any) -> tuple[list[Any], dict[str, Any]]:
    """Gradients of the sum of a layer's squared outputs.

    To each of the arrays in `values`, and by path to each of the layer's weights.
    """
    variables = layer.trainable_variables
    paths = [variable.path for variable in variables]
    by_backend = {"jax": _by_jax, "tensorflow": _by_tensorflow, "torch": _by_torch}
    to_inputs, to_weights = by_backend[keras.backend.backend()](
        layer, variables, values, more
    )
    given = zip(paths, map(np.asarray, to_weights), strict=True)
    return [np.asarray(item) for item in to_inputs], dict(given)


def _by_jax(layer: Any, variables: Any, values: Any, more: Any) -> Any:
    import jax

    def total(arrays: Any, weights: Any) -> Any:
        state = [variable.value for variable in layer.non_trainable_variables]
        outputs, _ = layer.stateless_call(weights, state, arrays, *more)
        return keras.ops.sum(keras.ops.cast(outputs, "float32") ** 2)

    weights = [variable.value for variable in variables]
    function = jax.grad(total, argnums=(0, 1))
    return jax.jit(function, compiler_options=QUICK)(list(values), weights)


def _by_tensorflow(layer: Any, variables: Any, values: Any, more: Any) -> Any:
    import tensorflow as tf

    tensors = [tf.convert_to_tensor(item) for item in values]
    inner = [variable.value for variable in variables]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        total = keras.ops.sum(layer(tensors, *more) ** 2)
    zero = tf.UnconnectedGradients.ZERO
    found = tape.gradient(total, [*tensors, *inner], unconnected_gradients=zero)
    found = [tf.convert_to_tensor(item).numpy() for item in found]
    return found[: len(tensors)], found[len(tensors) :]


def _by_torch(layer: Any, variables: Any, values: Any, more: Any) -> Any:
    import torch

    tensors = [torch.tensor(item, requires_grad=True) for item in values]
    inner = [variable.value for variable in variables]
    total = keras.ops.sum(layer(tensors, *more) ** 2)
    found = torch.autograd.grad(total, [*tensors, *inner], allow_unused=True)
    pairs = zip(found, [*tensors, *inner], strict=True)
    arrays = [(torch.zeros_like(v) if g is None else g).numpy() for g, v in pairs]
    return arrays[: len(tensors)], arrays[len(tensors) :]
