"""The engine on JAX, compiled."""

from __future__ import annotations

import threading

import jax
import keras
import numpy as np
import pytest

from sensorium.engine import engine
from tests.engine.forward import check_forward
from tests.training.made import inputs_of, rows, small_network

if keras.backend.backend() != "jax":
    pytest.skip("needs KERAS_BACKEND=jax", allow_module_level=True)


def test_the_engine_is_that_of_the_backend() -> None:
    assert getattr(engine(), "__name__", "") == "sensorium.engine.jax"
    engine().prepare(seed=0)


def test_the_forward_pass_is_that_of_the_network() -> None:
    check_forward()


def test_it_is_compiled_once_for_a_shape() -> None:
    network, traced = small_network(), []
    call = network.call

    def counted(*args, **kwargs):
        traced.append(1)
        return call(*args, **kwargs)

    network.call = counted
    forward = engine().compiled_forward(network)
    inputs = inputs_of(rows(16))
    for _ in range(3):
        forward(inputs)
    assert len(traced) == 1


def test_it_keeps_the_weights_of_its_moment() -> None:
    network, inputs = small_network(), inputs_of(rows(16))
    forward = engine().compiled_forward(network)
    before = np.asarray(forward(inputs)["price"])
    network.set_weights([weight + 1 for weight in network.get_weights()])
    np.testing.assert_array_equal(np.asarray(forward(inputs)["price"]), before)


@pytest.fixture
def compilations():
    """What XLA compiles, told by the thread that it is done on."""
    found = []

    def listen(event, seconds, **details):
        if event.endswith("backend_compile_duration"):
            found.append(threading.current_thread())

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield found
    jax.monitoring.unregister_event_duration_listener(listen)


def looking():
    """A step that looks at the prices that a network predicts."""
    network = small_network()
    network.compile()

    def step(data):
        return {"price": network(data, training=False)["price"]}

    return network, engine().compiled_step(network, step)


def test_what_was_begun_is_compiled_once_and_beside_the_caller(compilations) -> None:
    network, look = looking()
    inputs = inputs_of(rows(16))
    wait = look.begin(inputs)
    wait()
    assert len(compilations) == 1
    assert compilations[0] is not threading.main_thread()
    found = look.call(inputs)["price"]
    assert len(compilations) == 1
    expected = np.asarray(network(inputs, training=False)["price"])
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-5)


def test_another_shape_than_the_one_begun_is_compiled_by_the_call() -> None:
    _, look = looking()
    look.begin(inputs_of(rows(16)))()
    assert look.call(inputs_of(rows(24)))["price"].shape[0] == 24


def test_what_goes_wrong_while_compiling_is_told_by_the_call(monkeypatch) -> None:
    _, look = looking()
    inputs = inputs_of(rows(16))

    def fails(*args, **kwargs):
        raise RuntimeError("no memory to compile")

    with monkeypatch.context() as patched:
        patched.setattr("jax._src.compiler.compile_or_get_cached", fails)
        look.begin(inputs)()
        with pytest.raises(RuntimeError, match="no memory to compile"):
            look.call(inputs)
    assert look.call(inputs)["price"].shape[0] == 16
