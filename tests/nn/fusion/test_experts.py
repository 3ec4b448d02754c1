from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.network import join
from sensorium.nn.fusion import Experts
from sensorium.nn.fusion.experts import balance_loss
from sensorium.nn.heads import Regression
from tests.nn.fusion.by_hand import (
    HERE,
    built,
    close,
    dense,
    fused,
    inputs,
    normed,
    softmax,
    weight,
)
from tests.nn.samples import array


def gates(fusion: Experts, top: int) -> np.ndarray:
    logits = dense(fusion.gate, np.concatenate([*normed(fusion), HERE], axis=1))
    logits = np.where(np.repeat(HERE, 2, axis=1), logits, -1e9)
    least = np.sort(logits, axis=1)[:, [-top]]
    shares = softmax(np.where(logits >= least, logits, -1e9))
    return shares * np.repeat(HERE, 2, axis=1)


@pytest.mark.parametrize("top_k", [None, 1, 2])
def test_the_gate_picks_among_the_experts_of_what_is_there(top_k) -> None:
    fusion = built(Experts(5, num_experts=2, top_k=top_k))
    answers = [
        np.maximum(dense(layer, values), 0).reshape(4, 2, 5)
        for layer, values in zip(fusion.projections, normed(fusion), strict=True)
    ]
    shares = gates(fusion, top_k or 6)
    expected = (shares[:, :, None] * np.concatenate(answers, axis=1)).sum(axis=1)
    expected[3] = weight(fusion.nothing)
    close(fused(fusion), expected)
    by_input = shares.mean(axis=0).reshape(3, 2).sum(axis=1)
    close(list(fusion.weights_by_input(inputs(), HERE).values()), by_input)


def test_balance_is_1_for_even_gates_and_the_number_of_experts_for_one() -> None:
    here = np.ones((4, 4), bool)
    turns = np.eye(4, dtype="float32")
    assert float(array(balance_loss(turns, here))) == pytest.approx(1.0)
    always = np.tile(turns[:1], (4, 1))
    assert float(array(balance_loss(always, here))) == pytest.approx(4.0)


def test_balance_asks_of_an_expert_only_rows_that_have_its_input() -> None:
    # Of four rows, two have both inputs: even gates give 3/4 to the first expert.
    here = np.array([[True, True], [True, True], [True, False], [True, False]])
    gates = np.array([[1, 0], [0, 1], [1, 0], [1, 0]], "float32")
    assert float(array(balance_loss(gates, here))) == pytest.approx(1.0)
    nothing = np.zeros((2, 2), "float32")
    assert float(array(balance_loss(nothing, nothing > 0))) == 0.0


@pytest.mark.parametrize("training", [True, False])
def test_the_balancing_loss_counts_in_training_only(training) -> None:
    fusion = built(Experts(5, balance=0.5))
    fusion(inputs(), HERE, training=training)
    assert len(fusion.losses) == int(training)


def test_a_network_learns_by_the_balancing_loss_too() -> None:
    losses = []
    for balance in (0.0, 10.0):
        fusion = Experts(5, num_experts=1, balance=balance, dropout=0.0)
        encoders = {name: keras.layers.Identity() for name in "ab"}
        network = join(encoders, fusion, {"y": Regression()}, seed=0)
        network.compile(keras.optimizers.SGD(0.0))
        a, b = inputs(((9,), (3,)), 8)
        y = {"y": np.zeros(8, "float32")}
        losses.append(float(network.train_on_batch({"a": a, "b": b}, y)[0]))
    assert losses[1] > losses[0] + 5


def test_more_top_experts_than_there_are_are_refused() -> None:
    with pytest.raises(DataError, match=r"`top_k`: expected at most .*6. Received: 7"):
        built(Experts(5, top_k=7))
