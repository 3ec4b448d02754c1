"""Gradients of several losses: their products, and who shares what."""

from __future__ import annotations

import keras
import numpy as np

from sensorium.network.gradients import indices_of, rows_of, shared_indices
from tests.network.balances import Keeps, array, learn, rows, small
from tests.network.test_norms import by_hand

X, Y = rows(16)


def test_what_is_shared_is_all_but_the_heads() -> None:
    network = small()
    variables = network.trainable_variables
    shared = [variables[index].path for index in shared_indices(network)]
    assert len(shared) == len(variables) - 4
    assert not any("/sold/" in path or "/price/" in path for path in shared)
    own = indices_of(network, network.heads["sold"].trainable_variables)
    assert len(own) == 2
    assert not set(own) & set(shared_indices(network))


def test_a_rule_sees_the_products_of_gradients_on_the_shared_part() -> None:
    network = small()
    network.compile(keras.optimizers.SGD(0.0), balance=Keeps())
    learn(network, X, Y)
    gram = array(network.balance.gram)
    norms = [by_hand(network, "sold"), 0.5 * by_hand(network, "price")]
    np.testing.assert_allclose(np.sqrt(np.diag(gram)), norms, rtol=1e-4)
    np.testing.assert_allclose(gram, gram.T, rtol=1e-5)


def test_what_is_not_known_has_no_products() -> None:
    network = small()
    network.compile(keras.optimizers.SGD(0.0), balance=Keeps())
    learn(network, X, {"sold": Y["sold"]})
    gram = array(network.balance.gram)
    assert gram[0, 0] > 0
    np.testing.assert_array_equal(gram[1], [0, 0])


def test_lengths_are_measured_in_turn_and_made_even() -> None:
    network = small()
    network.compile(keras.optimizers.SGD(0.0), balance="even")
    told = learn(network, X, Y, 3)
    norms = np.array([by_hand(network, name) for name in ("sold", "price")])
    rule = network.balance
    np.testing.assert_allclose(array(rule.measured), [1, 1])
    np.testing.assert_allclose(np.exp(array(rule.logs)), norms, rtol=1e-4)
    weights = np.array([told["sold_weight"][-1], told["price_weight"][-1]])
    # A weight of one half is half of the pull, and no more.
    wanted = np.sqrt(norms.prod()) * np.array([1.0, 0.5])
    np.testing.assert_allclose(weights * norms, wanted, rtol=1e-4)


def test_a_measured_length_does_not_depend_on_the_scale_of_losses() -> None:
    network = small()
    optimizer = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(0.0), initial_scale=64.0
    )
    network.compile(optimizer, balance="even")
    learn(network, X, Y, 2)
    norms = [by_hand(network, name) for name in ("sold", "price")]
    np.testing.assert_allclose(np.exp(array(network.balance.logs)), norms, rtol=1e-4)


def test_rows_of_a_matrix() -> None:
    found = rows_of(keras.ops.convert_to_tensor(np.eye(2, dtype="float32")))
    np.testing.assert_array_equal(array(found[1]), [0, 1])
