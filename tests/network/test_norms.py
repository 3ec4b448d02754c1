"""Gradient norms on the shared part, against gradients worked out by the engine."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.engine import engine
from sensorium.network.norms import GradientNorms
from tests.network.balances import array, learn, rows, small
from tests.nn.samples import compiled

X, Y = rows(16)


@pytest.fixture(scope="module")
def network():
    found = small(dropout=0.5)
    found.compile("sgd")
    learn(found, X, Y)
    return found


@pytest.fixture(scope="module")
def measure(network):
    return GradientNorms(network)


def by_hand(network, name):
    """The norm of one loss's gradient on encoders and fusion."""
    shared = [
        variable
        for part in (*network.encoders.values(), network.fusion)
        for variable in part.trainable_variables
    ]

    def losses():
        outputs = network(X, training=False)
        loss = network.heads[name].loss_function()
        return (loss(Y[name], outputs[name]),), None

    def pulled():
        one = np.ones(1, "float32")
        return engine().differentiate(losses, shared).pull(one)

    found = compiled(pulled)()
    return np.sqrt(sum((array(gradient) ** 2).sum() for gradient in found))


def test_norms_are_those_of_the_losses_without_weights(network, measure) -> None:
    found = measure([(X, Y)])
    assert set(found) == {"sold", "price"}
    for name, norm in found.items():
        np.testing.assert_allclose(norm, by_hand(network, name), rtol=1e-4)


def test_it_follows_the_weights_of_the_moment(network, measure) -> None:
    before, weights = measure([(X, Y)]), network.get_weights()
    network.set_weights([weight * 1.5 for weight in weights])
    assert measure([(X, Y)])["price"] != pytest.approx(before["price"], rel=1e-3)
    network.set_weights(weights)
    assert measure([(X, Y)]) == before


def test_an_output_without_labels_has_no_norm_there(measure) -> None:
    nothing = {**Y, "price": np.full(16, np.nan, "float32")}
    assert np.isnan(measure([(X, nothing)])["price"])
    known = measure([(X, Y)])
    assert measure([(X, nothing), (X, Y)])["price"] == known["price"]


def test_looking_changes_nothing(network, measure) -> None:
    before = network.get_weights()
    states = [array(v) for v in network.non_trainable_variables]
    measure([(X, Y)])
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    for old, new in zip(states, network.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(old, array(new))
    assert keras.ops.convert_to_numpy(network.optimizer.iterations) == 1


def test_norms_are_the_same_whether_it_began_before_or_not(network, measure) -> None:
    begun = GradientNorms(network)
    begun.begin((X, Y))()
    assert begun([(X, Y)]) == measure([(X, Y)])


def test_some_outputs_can_be_measured_alone(network, measure) -> None:
    both = measure([(X, Y)])
    assert GradientNorms(network, ["price"])([(X, Y)]) == {
        "price": pytest.approx(both["price"], rel=1e-5)
    }
