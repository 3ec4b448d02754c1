"""OGM: scores, ratios and factors by the paper's rule."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.nn.heads import Classification, Regression
from sensorium.nn.input_balance import OGM
from sensorium.nn.input_balance.ogm import modulated, row_scores
from tests.nn.input_balance.made import array, learn, network, rows


def scales(scores, known=None, alpha=0.5):
    known = np.ones(len(scores), bool) if known is None else known
    tensor = keras.ops.convert_to_tensor
    found = modulated(tensor(np.array(scores, "float32")), tensor(known), alpha)
    return array(found)


def test_who_is_ahead_is_slowed_by_the_papers_factor() -> None:
    found = scales([0.8, 0.4], alpha=0.3)
    np.testing.assert_allclose(found, [1 - np.tanh(0.3 * 2.0), 1.0], rtol=1e-6)


def test_of_three_each_is_compared_with_the_least_of_the_others() -> None:
    found = scales([0.9, 0.6, 0.3], alpha=0.2)
    wanted = [1 - np.tanh(0.2 * 3.0), 1 - np.tanh(0.2 * 2.0), 1.0]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_an_input_that_nobody_sees_is_not_compared() -> None:
    found = scales([0.9, 0.6, 0.0], np.array([True, True, False]), 0.2)
    np.testing.assert_allclose(found, [1 - np.tanh(0.2 * 1.5), 1.0, 1.0], rtol=1e-6)
    assert scales([0.9, 0.0], np.array([True, False])).tolist() == [1.0, 1.0]


def test_a_score_is_the_probability_of_the_right_class() -> None:
    logits = np.log(np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], "float32"))
    values, there = row_scores(Classification(2), np.array([0, 0, -1]), logits)
    np.testing.assert_allclose(array(values)[:2], [0.9, 0.2], rtol=1e-6)
    np.testing.assert_array_equal(array(there), [1.0, 1.0, 0.0])


def test_elsewhere_a_score_falls_with_the_loss() -> None:
    head = Regression(loss="mse")
    head.build((None, 3))
    labels = np.array([1.0, 1.0, np.nan], "float32")
    outputs = np.array([1.0, 3.0, 0.0], "float32")
    values, there = row_scores(head, labels, outputs)
    np.testing.assert_allclose(array(values), [1.0, np.exp(-4.0), 0.0], rtol=1e-5)
    np.testing.assert_array_equal(array(there), [1.0, 1.0, 0.0])


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_only_the_encoder_that_is_ahead_changes_less(optimizer) -> None:
    x, y = rows()
    plain, slowed = network(0.0), network(0.0)
    for model in (plain, slowed):  # `facts` knows the answer from the first step
        weights = model.encoders["facts"].get_weights()
        model.heads["sold_from_facts"].set_weights(
            [np.array([[-9.0, 9.0]] * 4, "float32"), np.zeros(2, "float32")]
        )
        model.encoders["facts"].set_weights(weights)
    before = {n: plain.encoders[n].get_weights() for n in plain.encoders}
    plain.compile(optimizer)
    slowed.compile(optimizer, input_balance=OGM(alpha=0.9))
    for model in (plain, slowed):
        model.fit(x, y, batch_size=32, verbose=0, shuffle=False)
    ratios = {}
    for name in before:
        usual, found = (
            model.encoders[name].get_weights()[0] - before[name][0]
            for model in (plain, slowed)
        )
        seen = np.abs(usual) > 1e-3 * np.abs(usual).max()
        each = found[seen] / usual[seen]
        assert np.ptp(each) < 0.01  # one factor for all weights
        ratios[name] = float(np.median(each))
    slowed_most, other = sorted(ratios.values())
    assert slowed_most < 0.4
    assert other == pytest.approx(1.0, abs=1e-3)


def test_heads_that_only_measure_leave_the_encoders_alone() -> None:
    x, y = rows()
    both = []
    for measured in (True, False):
        model = network(0.0)
        weights = {} if measured else dict.fromkeys(model.heads, 0.0) | {"sold": 1.0}
        model.compile("sgd", loss_weights=weights)
        learn(model, x, y, 2)
        both.append(model)
    for name in ("facts", "more"):
        found, wanted = (model.encoders[name].get_weights() for model in both)
        np.testing.assert_array_equal(found[0], wanted[0])
    found, wanted = (m.heads["sold_from_more"].get_weights() for m in both)
    assert np.abs(found[0] - wanted[0]).max() > 1e-4
