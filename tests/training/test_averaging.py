"""Averages of the weights: which numbers they are, and when they are in place."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sensorium.training import Stage, train
from sensorium.training.averaging import average_weights
from sensorium.training.freezing import parts_of
from tests.training.made import Watch, batches, rows, same, small_network

STEADY = {"warmup": 0.0, "schedule": "constant", "batch_size": 16}


class Steps(keras.callbacks.Callback):
    """Keeps the weights after every step, and those that are validated."""

    def __init__(self) -> None:
        super().__init__()
        self.weights: list[list[np.ndarray]] = []
        self.validated: list[list[np.ndarray]] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.weights.append(self.model.get_weights())

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.validated.append(self.model.get_weights())


def trained(momentum: float, *, valid: bool = True) -> tuple[Any, Steps, Watch]:
    network, steps, watch = small_network(), Steps(), Watch()
    optimizer = {"type": "adam", "use_ema": True, "ema_momentum": momentum}
    stage = Stage(4, learning_rate=0.02, optimizer=optimizer, **STEADY)
    validation = batches(rows(16, seed=1), shuffle=False) if valid else None
    callbacks = [steps, watch]
    train(network, stage, batches(rows()), validation, callbacks=callbacks)
    return network, steps, watch


@pytest.fixture(scope="module")
def averaged() -> tuple[Any, Steps, Watch]:
    """What the tests of one average share; its network learns no more."""
    keras.utils.set_random_seed(0)
    return trained(0.8)


def faded(steps: list[list[np.ndarray]], momentum: float) -> list[np.ndarray]:
    found = steps[0]
    for weights in steps[1:]:
        pairs = zip(found, weights, strict=True)
        found = [momentum * a + (1 - momentum) * b for a, b in pairs]
    return found


def test_an_epoch_ends_with_the_fading_average_of_its_steps(averaged) -> None:
    _, steps, watch = averaged  # 3 steps an epoch
    for epoch in range(4):
        expected = faded(steps.weights[: 3 * (epoch + 1)], 0.8)
        for one, two in zip(watch.weights[epoch], expected, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_steps_go_on_from_the_weights_themselves(averaged) -> None:
    _, steps, _ = averaged
    _, plain, _ = trained(0.0)
    for one, two in zip(steps.weights, plain.weights, strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_the_averages_are_validated_and_kept(averaged) -> None:
    network, steps, watch = averaged
    assert all(map(same, steps.validated, watch.weights))
    assert any(same(network.get_weights(), weights) for weights in watch.weights)


def test_without_validation_the_last_averages_are_kept() -> None:
    network, steps, watch = trained(0.8, valid=False)
    assert same(network.get_weights(), watch.weights[-1])
    assert not same(network.get_weights(), steps.weights[-1])


def test_a_momentum_of_zero_is_no_average() -> None:
    network, steps, _ = trained(0.0, valid=False)
    assert same(network.get_weights(), steps.weights[-1])


@pytest.mark.parametrize(
    "optimizer", [{"type": "adam", "use_ema": False}, keras.optimizers.Adam(0.01)]
)
def test_a_users_no_stands(optimizer: Any) -> None:
    network, steps = small_network(), Steps()
    stage = Stage(2, learning_rate=0.02, optimizer=optimizer, **STEADY)
    train(network, stage, batches(rows()), callbacks=[steps])
    assert same(network.get_weights(), steps.weights[-1])


def test_a_users_no_stands_for_a_part_alone() -> None:
    network, steps = small_network(), Steps()
    no = {"type": "adam", "use_ema": False}
    often = {"type": "adam", "use_ema": True, "ema_momentum": 0.8}
    given = {"sold": no, "others": often}
    stage = Stage(2, learning_rate=0.02, optimizer=given, **STEADY)
    train(network, stage, batches(rows()), callbacks=[steps])
    last = dict(zip(map(id, network.weights), steps.weights[-1], strict=True))
    for name, part in parts_of(network).items():
        found = [last[id(weight)] for weight in part.weights]
        assert same(part.get_weights(), found) == (name == "sold")


def test_averages_fade_over_a_twentieth_of_the_steps() -> None:
    plain = keras.optimizers.Adam()
    average_weights(plain, 2000)
    assert plain.use_ema
    assert plain.ema_momentum == pytest.approx(0.99)
    few = keras.optimizers.Adam()
    average_weights(few, 20)
    assert few.ema_momentum == 0.0


def test_an_optimizer_with_averages_of_its_own_is_left_alone() -> None:
    own = keras.optimizers.Adam(use_ema=True, ema_momentum=0.5)
    average_weights(own, 2000)
    assert own.ema_momentum == 0.5


def test_a_stage_averages_by_itself() -> None:
    network, steps, watch = small_network(), Steps(), Watch()
    stage = Stage(14, learning_rate=0.02, **STEADY)  # 42 steps
    train(network, stage, batches(rows()), callbacks=[steps, watch])
    expected = faded(steps.weights, 1 - 1 / 2.1)
    for one, two in zip(watch.weights[-1], expected, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_averages_work_where_the_loss_is_scaled() -> None:
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        network, steps, watch = trained(0.8)
    finally:
        keras.config.set_dtype_policy(policy)
    assert hasattr(network.optimizer, "inner_optimizer")
    assert all(map(same, steps.validated, watch.weights))
    assert not same(watch.weights[-1], steps.weights[-1])


def test_every_optimizer_of_several_rates_keeps_averages() -> None:
    network, steps, watch = small_network(), Steps(), Watch()
    optimizer = {"type": "sgd", "use_ema": True, "ema_momentum": 0.8}
    stage = Stage(2, optimizer=optimizer, **STEADY)
    rates = {id(variable): 0.0625 for variable in network.trainable_variables}
    rates |= {id(v): 0.25 for v in network.encoders["facts"].trainable_variables}
    train(network, stage, batches(rows()), rates=rates, callbacks=[steps, watch])
    for epoch in range(2):
        expected = faded(steps.weights[: 3 * (epoch + 1)], 0.8)
        for one, two in zip(watch.weights[epoch], expected, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)
    assert not same(watch.weights[-1], steps.weights[-1])


def test_averages_of_an_optimizer_whose_variables_are_all_frozen() -> None:
    network = small_network()
    rates = {id(variable): 0.0625 for variable in network.trainable_variables}
    rates |= {id(v): 0.25 for v in network.encoders["facts"].trainable_variables}
    network.encoders["facts"].trainable = False
    before = network.encoders["facts"].get_weights()
    train(network, Stage(1, optimizer="sgd", **STEADY), batches(rows()), rates=rates)
    assert same(network.encoders["facts"].get_weights(), before)
