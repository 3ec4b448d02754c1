"""The forward pass on TensorFlow: what the network says."""

from __future__ import annotations

import keras
import pytest

from sensorium.training.engine import engine
from tests.training.engine.forward import check_forward

if keras.backend.backend() != "tensorflow":
    pytest.skip("needs KERAS_BACKEND=tensorflow", allow_module_level=True)


def test_the_engine_is_that_of_the_backend() -> None:
    assert getattr(engine(), "__name__", "") == "sensorium.training.engine.tensorflow"
    engine().prepare(seed=0)


def test_the_forward_pass_is_that_of_the_network() -> None:
    check_forward()
