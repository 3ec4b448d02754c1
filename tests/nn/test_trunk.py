from __future__ import annotations

import numpy as np

from sensorium.nn.trunk import Trunk
from sensorium.schema.parameters import parameters_from_source, parameters_of
from tests.nn.samples import array, through_json


def test_trunk_is_a_perceptron() -> None:
    trunk = Trunk(7, num_layers=2)
    x = np.ones((3, 4), "float32")
    np.testing.assert_array_equal(array(trunk(x)), array(trunk.hidden(x)))
    assert trunk.compute_output_shape((3, 4)) == (3, 7)


def test_config_comes_back_equal() -> None:
    trunk = Trunk(7, num_layers=2)
    assert through_json(trunk) == trunk


def test_source_and_class_say_the_same() -> None:
    assert parameters_from_source("sensorium.nn.trunk:Trunk") == parameters_of(Trunk)
