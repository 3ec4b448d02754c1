"""Layers written again in NumPy, from their weights and the papers' formulas."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np

from tests.nn.samples import array, compiled

SHAPES = ((9,), (12,), (3,))
HERE = np.array(
    [[True, True, True], [True, False, True], [False, True, False], [False] * 3]
)


def inputs(shapes: Any = SHAPES, rows: int = len(HERE)) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.normal(size=(rows, *s)).astype("float32") for s in shapes]


def built(fusion: Any, shapes: Any = SHAPES) -> Any:
    """The fusion with weights none of which is 0 or 1."""
    fusion.build([(None, *shape) for shape in shapes])
    generator = np.random.default_rng(1)
    for weight in fusion.trainable_variables:
        noise = generator.normal(0.0, 0.2, weight.shape)
        weight.assign(array(weight.value) + noise.astype("float32"))
    return fusion


def fused(fusion: Any, values: Any = None, here: Any = HERE, **more: Any) -> np.ndarray:
    """What the layer itself says."""
    function = compiled(lambda v, p: fusion(v, p, **more))
    return array(function(inputs() if values is None else values, here))


def weights_by_input(fusion: Any, *given: Any, **more: Any) -> dict[str, float]:
    """What a fusion of `shares_of` says, its work with tensors compiled as a whole."""
    with mock.patch.object(fusion, "shares_of", lambda by_row: by_row):
        function = compiled(lambda *args: fusion.weights_by_input(*args, **more))
        by_row = function(*given)
    return fusion.shares_of(by_row)


def weight(variable: Any) -> np.ndarray:
    return array(variable.value).astype("float64")


def norm(layer: Any, x: np.ndarray) -> np.ndarray:
    """Layer normalisation; inputs narrower than 8 stay as they are."""
    if not layer.weights:
        return x.astype("float64")
    x = x.astype("float64")
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    scaled = (x - mean) / np.sqrt(variance + 1e-5)
    return scaled * weight(layer.gamma) + weight(layer.beta)


def dense(layer: Any, x: np.ndarray) -> np.ndarray:
    return x @ weight(layer.kernel) + weight(layer.bias)


def projected(fusion: Any, values: Any = None) -> list[np.ndarray]:
    """`W norm(h) + b` of each input."""
    values = inputs() if values is None else values
    layers = zip(fusion.norms, fusion.projections, values, strict=True)
    return [dense(project, norm(n, x)) for n, project, x in layers]


def normed(fusion: Any) -> list[np.ndarray]:
    """`norm(h)` of each input, zeros where absent."""
    layers = zip(fusion.norms, inputs(), HERE.T, strict=True)
    return [norm(n, x) * here[:, None] for n, x, here in layers]


def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def mean_of_present(values: Any, here: np.ndarray = HERE) -> np.ndarray:
    """Mean over the inputs that are there; zeros where none is."""
    total = sum(v * p[:, None] for v, p in zip(values, here.T, strict=True))
    return total / np.maximum(here.sum(axis=1), 1)[:, None]


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, atol=2e-5, rtol=2e-5)


def attending(
    block: Any, x: np.ndarray, keys: np.ndarray | None, shown: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A pre-norm block, one row and one head at a time: tokens, and mean shares."""
    looking = norm(block.query_norm, x)
    seen = looking if keys is None else norm(block.key_norm, keys)
    query, both = dense(block.query, looking), dense(block.key_value, seen)
    width, heads = x.shape[-1], block.num_heads
    size, mixed = width // heads, np.zeros(x.shape)
    shares = np.zeros((len(x), heads, x.shape[1], seen.shape[1]))
    for row in range(len(x)):
        here = np.flatnonzero(shown[row])
        for head in range(heads if len(here) else 0):
            one = slice(head * size, (head + 1) * size)
            key, value = both[row, here, :width], both[row, here, width:]
            scores = query[row][:, one] @ key[:, one].T / np.sqrt(size)
            share = softmax(scores)
            shares[row, head][:, here] = share
            mixed[row][:, one] = share @ value[:, one]
    x = x + dense(block.joining, mixed)
    wide = np.maximum(dense(block.wide, norm(block.dense_norm, x)), 0)
    return x + dense(block.narrow, wide), shares


def tokens(tokenizer: Any, values: Any = None) -> list[np.ndarray]:
    """Each input's vector as tokens `(rows, tokens, units)`."""
    values = inputs() if values is None else values
    layers = zip(tokenizer.norms, tokenizer.projections, values, strict=True)
    return [
        dense(project, norm(n, x)).reshape(len(x), -1, tokenizer.units)
        for n, project, x in layers
    ]


def for_every_row(learned: Any) -> np.ndarray:
    return np.tile(weight(learned), (len(HERE), 1, 1))


def flow(
    block: Any, x: np.ndarray, shown: np.ndarray, groups: np.ndarray, may: Any = None
) -> np.ndarray:
    """How much a group takes from each, one row, token and head at a time."""
    count, size = groups.max() + 1, x.shape[-1] // block.num_heads
    normed, found = norm(block.query_norm, x), np.zeros((len(x), count, count))
    both, out = dense(block.key_value, normed), weight(block.joining.kernel)
    for row in range(len(x)):
        seen = np.repeat(shown[row][None], len(groups), axis=0)
        seen = seen if may is None else seen & may
        for q in np.flatnonzero(shown[row]):
            told = np.zeros((count, x.shape[-1]))
            for head in range(block.num_heads if seen[q].any() else 0):
                here = np.flatnonzero(seen[q])
                one = slice(head * size, (head + 1) * size)
                query = dense(block.query, normed)[row, q, one]
                shares = softmax(both[row, here][:, one] @ query / np.sqrt(size))
                values = both[row, here, x.shape[-1] :][:, one]
                for place, share, value in zip(here, shares, values, strict=True):
                    told[groups[place]] += share * value @ out[one]
            lengths = np.linalg.norm(told, axis=1)
            lengths[groups[q]] += np.linalg.norm(x[row, q])
            own = shown[row] & (groups == groups[q])
            found[row, groups[q]] += lengths / lengths.sum() / own.sum()
    return found
