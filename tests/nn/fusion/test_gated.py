from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import Gated
from tests.nn.fusion.by_hand import (
    HERE,
    built,
    close,
    dense,
    fused,
    inputs,
    normed,
    projected,
    softmax,
    weight,
)


def gates(fusion: Gated) -> np.ndarray:
    logits = dense(fusion.gate, np.concatenate(normed(fusion), axis=1))
    logits = logits.reshape(len(HERE), 3, 5)
    shares = softmax(np.where(HERE[:, :, None], logits, -1e9), axis=1)
    return shares * HERE[:, :, None]


def test_gates_of_all_inputs_weigh_each() -> None:
    fusion = built(Gated(5))
    contents = np.tanh(np.stack(projected(fusion), axis=1))
    expected = (gates(fusion) * contents).sum(axis=1)
    expected[3] = weight(fusion.nothing)
    close(fused(fusion), expected)


def test_the_gate_of_two_inputs_is_the_papers_sigmoid() -> None:
    shapes = ((9,), (12,))
    fusion = built(Gated(5), shapes)
    values, here = inputs(shapes), np.ones((4, 2), bool)
    one, two = np.tanh(projected(fusion, values))
    found = (fused(fusion, values, here) - two) / (one - two)
    kernel, bias = weight(fusion.gate.kernel), weight(fusion.gate.bias)
    x = np.concatenate(
        [
            (v - v.mean(1, keepdims=True)) / np.sqrt(v.var(1, keepdims=True) + 1e-5)
            for v in values
        ],
        axis=1,
    )
    x = x * np.concatenate([weight(n.gamma) for n in fusion.norms])
    x = x + np.concatenate([weight(n.beta) for n in fusion.norms])
    logit = x @ (kernel[:, :5] - kernel[:, 5:]) + bias[:5] - bias[5:]
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-logit)), atol=1e-3)


def test_weights_by_input_are_the_mean_gates() -> None:
    fusion = built(Gated(5))
    found = fusion.weights_by_input(inputs(), HERE)
    close(np.stack(list(found.values())), gates(fusion).mean(axis=0))
