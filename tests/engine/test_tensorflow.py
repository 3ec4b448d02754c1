"""The engine on TensorFlow."""

from __future__ import annotations

import keras
import pytest

from sensorium.engine import engine
from tests.engine.forward import check_forward

if keras.backend.backend() != "tensorflow":
    pytest.skip("needs KERAS_BACKEND=tensorflow", allow_module_level=True)


def test_the_engine_is_that_of_the_backend() -> None:
    assert getattr(engine(), "__name__", "") == "sensorium.engine.tensorflow"
    engine().prepare(seed=0)


def test_the_forward_pass_is_that_of_the_network() -> None:
    check_forward()
