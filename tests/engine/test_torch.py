"""The engine on torch."""

from __future__ import annotations

import keras
import pytest

from sensorium.engine import engine
from tests.engine.forward import check_forward

if keras.backend.backend() != "torch":
    pytest.skip("needs KERAS_BACKEND=torch", allow_module_level=True)


def test_the_engine_is_that_of_the_backend() -> None:
    assert getattr(engine(), "__name__", "") == "sensorium.engine.torch"
    engine().prepare(seed=0)


def test_the_forward_pass_is_that_of_the_network() -> None:
    check_forward()
