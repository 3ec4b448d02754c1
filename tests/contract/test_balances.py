"""What every balance in the table keeps, above all about losses that are not known."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from sensorium.nn.balance import BALANCES
from sensorium.schema.parameters import parameters_from_source, parameters_of
from tests.network.balances import learn, rows, small
from tests.nn.balance.made import ROLE, built, numbers, weigh

every_balance = pytest.mark.parametrize("word", BALANCES)

LOSSES = np.array([0.5, 2.0, 30.0])
GRADIENTS = np.array([[1.0, 0.2, 0.1], [-0.9, 0.6, 0.0], [-0.2, -1.0, 2.0]])
GRAM = GRADIENTS @ GRADIENTS.T
# Rules that answer at random cannot be asked the same twice.
DRAWN = ("random", "pcgrad")
SCALE_FREE = ("uncertainty", "geometric", "dwa", "famo")


def after(rule, steps=3, order=(0, 1, 2), scale=1.0):
    """The last of some steps' weights, with losses that fall unequally."""
    found = None
    losses = (LOSSES * scale)[list(order)]
    gram = (GRAM * np.outer(scale, scale) * np.ones((3, 3)))[np.ix_(order, order)]
    falls = np.array([0.9, 0.5, 0.99])[list(order)]
    for step in range(steps):
        found = weigh(rule, losses * falls**step, gram=gram)
        rule.end_epoch()
    return found


@every_balance
def test_source_and_class_say_the_same(word) -> None:
    from_source = parameters_from_source(BALANCES[word])
    assert from_source == parameters_of(ROLE.load(word))


@every_balance
def test_documents_and_configurations_give_it_back(word) -> None:
    rule = built(word)
    assert ROLE.build(ROLE.document(rule)) == rule
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(rule)))
    again = keras.saving.deserialize_keras_object(config)
    assert again == rule
    assert len(again.variables) == len(rule.variables)


@every_balance
def test_weights_are_finite_and_none_is_negative(word) -> None:
    rule = built(word, 3)
    for _ in range(3):
        found = after(rule, 1)
        assert found.shape == (3,)
        assert np.isfinite(found).all()
        assert (found >= -1e-6).all()


@every_balance
def test_a_loss_that_is_not_known_changes_nothing(word) -> None:
    one, two = built(word, 2), built(word, 3)
    for step in range(3):
        alone = weigh(one, LOSSES[:2] * 0.9**step, gram=GRAM[:2, :2])
        gram = GRAM * np.outer([1, 1, 0], [1, 1, 0])
        known = [True, True, False]
        found = weigh(two, [*LOSSES[:2] * 0.9**step, 0.0], known, gram)
        assert found[2] == 0.0
        assert np.isfinite(found).all()
        if word not in (*DRAWN, "dwa"):
            np.testing.assert_allclose(found[:2], alone, rtol=1e-5)
        one.end_epoch()
        two.end_epoch()


@every_balance
def test_a_step_without_any_label_leaves_the_state_as_it_is(word) -> None:
    rule = built(word, 3)
    after(rule, 1)
    before = [numbers(variable) for variable in rule.weights]
    nothing = weigh(rule, np.zeros(3), np.zeros(3, bool), np.zeros((3, 3)))
    np.testing.assert_array_equal(nothing, np.zeros(3))
    rule.end_epoch()
    for old, new in zip(before, rule.weights, strict=True):
        np.testing.assert_array_equal(old, numbers(new))


@pytest.mark.parametrize("word", sorted(set(BALANCES) - set(DRAWN)))
def test_the_order_of_outputs_is_the_order_of_weights_and_nothing_else(word) -> None:
    order = (2, 0, 1)
    straight = after(built(word, 3))
    np.testing.assert_allclose(
        after(built(word, 3), order=order), straight[list(order)], rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("word", SCALE_FREE)
def test_the_scale_of_a_loss_does_not_matter(word) -> None:
    """Weight times loss, as shares, is the same however large the losses are."""
    scale = np.array([1.0, 1e3, 1e-3])
    plain, scaled = built(word, 3), built(word, 3)
    found, other = after(plain), after(scaled, scale=scale)
    if word == "dwa":  # ratios alone: the weights themselves are the same
        np.testing.assert_allclose(other, found, rtol=1e-4)
        return
    np.testing.assert_allclose(
        other * scale / (other * scale).sum(), found / found.sum(), rtol=1e-3
    )


@every_balance
def test_losses_of_zero_give_finite_weights(word) -> None:
    rule = built(word, 3)
    for _ in range(2):
        found = weigh(rule, np.zeros(3), gram=np.zeros((3, 3)))
        assert np.isfinite(found).all()
        rule.end_epoch()
    assert all(np.isfinite(numbers(variable)).all() for variable in rule.weights)


X, Y = rows(32)


def trained(word):
    network = small()
    network.compile(keras.optimizers.SGD(0.05), balance=word)
    told = learn(network, X, Y, 3)
    return told, network.get_weights()


@pytest.fixture(scope="module")
def fixed():
    return trained("fixed")[1]


@pytest.mark.parametrize("word", sorted(set(BALANCES) - {"fixed"}))
def test_training_with_it_is_another_training(word, fixed) -> None:
    told, weights = trained(word)
    assert np.isfinite(list(told.values())).all()
    assert any(
        not np.allclose(one, two, rtol=1e-3)
        for one, two in zip(weights, fixed, strict=True)
    )
