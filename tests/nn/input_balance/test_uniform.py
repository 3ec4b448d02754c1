"""Unimodal heads alone."""

from __future__ import annotations

import keras
import numpy as np

from sensorium.nn.input_balance import Uniform
from tests.nn.input_balance.made import learn, network, rows


def test_it_steers_nothing_and_hides_nothing_unless_told() -> None:
    assert not Uniform().steers
    assert (Uniform().weight, Uniform().dropout) == (1.0, 0.0)


def test_as_a_rule_it_leaves_steps_as_they_are() -> None:
    x, y = rows()
    both = []
    for rule in (None, Uniform()):
        model = network()
        model.compile(keras.optimizers.SGD(0.1), input_balance=rule)
        learn(model, x, y, 2)
        both.append(model)
    for one, other in zip(*(m.get_weights() for m in both), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
