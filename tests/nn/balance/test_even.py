"""`even`: gradients of one length, measured in turn."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.nn.balance import Even
from tests.nn.balance.made import built, numbers, weigh


def turn(rule, known):
    found = rule.turn(keras.ops.convert_to_tensor(np.asarray(known)))
    return np.asarray(keras.ops.convert_to_numpy(found))


def measure(rule, whose, length):
    whose = keras.ops.convert_to_tensor(np.asarray(whose))
    rule.measure(whose, keras.ops.convert_to_tensor(np.float32(length)))


def measured(rule, lengths, known=None):
    """Takes as many steps; gives whose length was measured in each, -1 for nobody's."""
    found = []
    for step in lengths:
        here = np.ones(len(step), bool) if known is None else np.asarray(known)
        whose = turn(rule, here)
        assert whose.sum() <= 1
        measure(rule, whose, float(np.dot(whose, step)))
        found.append(int(np.argmax(whose)) if whose.any() else -1)
    return found


def test_weighted_gradients_have_the_geometric_mean_of_all_lengths() -> None:
    rule = built("even", 3)
    lengths = np.array([1.0, 10.0, 0.1])
    measured(rule, [lengths] * 3)
    np.testing.assert_allclose(weigh(rule, [5.0, 1.0, 1.0]) * lengths, 1.0, rtol=1e-5)


def test_every_output_is_measured_at_once_and_then_in_turn() -> None:
    rule = built({"type": "even", "interval": 3}, 2)
    assert measured(rule, [[1.0, 2.0]] * 10) == [0, 1, -1, 0, -1, -1, 1, -1, -1, 0]


def test_one_that_is_not_known_waits_for_its_first_label() -> None:
    rule = built("even", 2)
    assert measured(rule, [[1.0, 9.0]] * 4, [True, False]) == [0, -1, -1, -1]
    assert weigh(rule, [1.0, 1.0])[1] == 1.0, "nothing is known of it yet"
    np.testing.assert_allclose(rule.lengths(), [1.0, np.nan])
    assert measured(rule, [[1.0, 9.0]]) == [1]
    found = weigh(rule, [1.0, 1.0])
    assert found[0] / found[1] == pytest.approx(9.0, rel=1e-5)
    np.testing.assert_allclose(rule.lengths(), [1.0, 9.0], rtol=1e-5)


def test_the_mean_fades_and_is_one_of_logarithms() -> None:
    rule = built({"type": "even", "interval": 1}, 1)
    lengths = [1.0, 100.0, 10.0]
    measured(rule, [[length] for length in lengths])
    shares = 0.9 ** np.array([2, 1, 0])
    wanted = np.average(np.log(lengths), weights=shares)
    np.testing.assert_allclose(numbers(rule.logs), [wanted], rtol=1e-5)


@pytest.mark.parametrize("length", [0.0, np.inf, np.nan])
def test_a_length_that_says_nothing_is_not_taken(length) -> None:
    rule = built("even")
    measured(rule, [[2.0, 8.0]] * 2)
    before = weigh(rule, [1.0, 1.0])
    measure(rule, [True, False], length)
    np.testing.assert_array_equal(weigh(rule, [1.0, 1.0]), before)


def test_a_gradient_that_vanished_does_not_make_weights_endless() -> None:
    rule = built("even")
    measured(rule, [[1e-30, 1.0]] * 2)
    np.testing.assert_allclose(
        weigh(rule, [1.0, 1.0]), np.exp([10.0, -10.0]), rtol=1e-5
    )


def test_a_step_without_labels_is_none() -> None:
    rule = built("even")
    before = [numbers(variable) for variable in rule.weights]
    assert not turn(rule, [False, False]).any()
    for old, new in zip(before, rule.weights, strict=True):
        np.testing.assert_array_equal(old, numbers(new))


def test_its_interval_is_at_least_one_step() -> None:
    with pytest.raises(ValueError, match="interval"):
        Even(interval=0)
