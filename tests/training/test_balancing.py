"""Stages with a balance: history, warnings, resuming."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.network.norms import GradientNorms
from sensorium.training import Stage, train
from sensorium.training.balancing import GradientRecord, gradient_warnings
from sensorium.training.trainer import States
from tests.training.made import batches, rows, same, small_network

NONE = States()


def trained(balance, epochs=3, price=1.0, states=NONE, dropout=0.0):
    network = small_network(dropout=dropout)
    arrays = {**rows(48), "label//price": price * rows(48)["label//price"]}
    stage = Stage(epochs, balance=balance, batch_size=16)
    return network, train(network, stage, batches(arrays), states=states)


@pytest.fixture(scope="module")
def plain():
    return trained(None, price=100.0)


def test_every_epoch_tells_losses_weights_and_gradients(plain) -> None:
    for epoch in plain[1].epochs:
        for name in ("sold", "price"):
            assert np.isfinite(epoch[f"{name}_loss"])
            assert epoch[f"{name}_gradient"] > 0
        assert (epoch["sold_weight"], epoch["price_weight"]) == (1.0, 0.5)


def test_an_output_that_drowns_another_is_named_with_what_helps(plain) -> None:
    (text,) = plain[1].warnings
    assert text.startswith("the gradient of `price` is ")
    assert "that of `sold`" in text
    assert "`balance: uncertainty`" in text
    assert "`scale: true`" in text


def test_a_balance_weighs_them_alike_and_silences_the_warning() -> None:
    _, history = trained("uncertainty", price=100.0)
    assert history.warnings == []
    assert all(e["price_weight"] < 0.01 * e["sold_weight"] for e in history.epochs)


def test_a_balance_that_measures_tells_its_own_lengths(monkeypatch) -> None:
    monkeypatch.setattr(GradientNorms, "__init__", None)  # it compiles nothing
    _, history = trained("even", price=100.0)
    assert history.warnings == []
    for epoch in history.epochs[1:]:  # `price` has half of the weight: of the pull
        pulls = 2 * epoch["price_gradient"] / epoch["sold_gradient"]
        assert 0.4 < pulls < 2.5
    assert epoch["price_weight"] < 0.5 < epoch["sold_weight"]


@pytest.mark.parametrize(
    ("sold", "price", "warned"),
    [([1, 1, 1], [101, 101, 1], True), ([1, 1, 1], [99, 99, 99], False)],
)
def test_medians_over_the_epochs_are_compared(sold, price, warned) -> None:
    pairs = zip(sold, price, strict=True)
    epochs = [{"sold_gradient": a, "price_gradient": b} for a, b in pairs]
    assert bool(gradient_warnings(epochs, ("sold", "price"), balanced=False)) == warned


def test_where_there_is_a_balance_another_cure_is_named() -> None:
    epochs = [{"a_gradient": 1.0, "b_gradient": 1234.0}]
    (text,) = gradient_warnings(epochs, ("a", "b"), balanced=True)
    assert "the gradient of `b` is 1,200 times that of `a`" in text
    assert "`scale: true`" in text
    assert "uncertainty" not in text


def test_epochs_without_a_number_are_left_out() -> None:
    epochs = [{"a_gradient": None, "b_gradient": 1.0}, {"a_gradient": float("nan")}]
    assert gradient_warnings(epochs, ("a", "b"), balanced=False) == []


@pytest.mark.parametrize("balance", ["uncertainty", "random", "dwa", "even"])
def test_a_resumed_stage_ends_with_the_same_bits(balance) -> None:
    kept = []
    network, history = trained(balance, 4, states=States(kept.append), dropout=0.2)
    assert kept[1].epochs == 2
    resumed, again = trained(balance, 4, states=States(resumed=kept[1]), dropout=0.2)
    assert same(network.get_weights(), resumed.get_weights())
    for one, two in zip(history.epochs, again.epochs, strict=True):
        plain_one, plain_two = ({**e, "seconds": 0} for e in (one, two))
        assert plain_one == plain_two


def test_training_that_is_stopped_waits_for_what_is_compiled(monkeypatch) -> None:
    waited: list[int] = []

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                assert not waited
                raise KeyboardInterrupt

    monkeypatch.setattr(GradientNorms, "begin", lambda *_: lambda: waited.append(1))
    stage = Stage(2, batch_size=16)
    history = train(small_network(), stage, batches(rows(48)), callbacks=[Stop()])
    assert history.interrupted
    assert waited == [1]


def test_the_norms_are_those_at_the_end_of_the_epoch() -> None:
    network, history = trained(None, epochs=1)
    record = GradientRecord(batches(rows(48)), ("sold", "price"))
    record.set_model(network)
    record.rows.begin(1)
    logs: dict[str, float] = {}
    record.on_epoch_end(0, logs)
    for name in ("sold", "price"):
        found = history.epochs[0][f"{name}_gradient"]
        assert logs[f"{name}_gradient"] == pytest.approx(found, rel=1e-5)


def test_it_begins_to_compile_at_the_second_step(monkeypatch) -> None:
    begun: list[int] = []
    monkeypatch.setattr(GradientNorms, "begin", lambda *_: lambda: begun.append(1))
    trained(None, epochs=2)
    assert begun == [1]


def test_an_epoch_of_one_step_tells_of_gradients_too() -> None:
    history = train(small_network(), Stage(1, batch_size=48), batches(rows(48), 48))
    assert history.epochs[0]["sold_gradient"] > 0
