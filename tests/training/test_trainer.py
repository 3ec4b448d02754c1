"""Best weights, patience, Ctrl-C, numbers that are none, and what the history says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from sensorium.errors import TrainingError
from sensorium.training import Stage, train, trainer
from sensorium.training.dataset import LABEL
from sensorium.training.trainer import States
from tests.training.made import WEIGHT, Watch, batches, rows, same, small_network

STEADY = {"warmup": 0.0, "schedule": "constant", "batch_size": 16}


# --- one real training ---


@pytest.fixture(scope="module")
def trained() -> SimpleNamespace:
    """A training whose validation loss falls first and rises later."""
    network, watch, told, kept = small_network(), Watch(), [], []
    history = overfit(
        network,
        callbacks=[watch],
        progress=lambda number, values: told.append((number, dict(values))),
        states=States(kept.append),
    )
    return SimpleNamespace(
        network=network, history=history, watch=watch, told=told, kept=kept
    )


def overfit(network: Any, **arguments: Any) -> Any:
    return train(
        network,
        Stage(20, name="first", learning_rate=0.02, patience=3, **STEADY),
        batches(rows()),
        batches(rows(32, seed=1, strength=0.3), shuffle=False),
        **arguments,
    )


def test_the_weights_of_the_lowest_validation_loss_are_kept(trained) -> None:
    losses = [epoch["val_loss"] for epoch in trained.history.epochs]
    best = int(np.argmin(losses))
    assert 0 < best < len(losses) - 1, "neither the first nor the last"
    assert trained.history.best_epoch == best + 1
    assert same(trained.network.get_weights(), trained.watch.weights[best])
    assert not same(trained.network.get_weights(), trained.watch.weights[-1])


def test_training_stops_when_patience_ends(trained) -> None:
    assert len(trained.history.epochs) == trained.history.best_epoch + 3 < 20
    assert not trained.history.interrupted


def test_a_stage_that_patience_ended_does_not_begin_again(trained) -> None:
    network = small_network(seed=1)
    history = overfit(network, states=States(resumed=trained.kept[-1]))
    assert len(history.epochs) == len(trained.history.epochs) < 20
    assert history.best_epoch == trained.history.best_epoch
    assert same(network.get_weights(), trained.network.get_weights())


def test_given_callbacks_are_called(trained) -> None:
    assert trained.watch.epochs == list(range(len(trained.history.epochs)))


def test_progress_is_told_with_numbers_from_one(trained) -> None:
    assert [n for n, _ in trained.told] == [e["epoch"] for e in trained.history.epochs]
    assert trained.told[0][0] == 1
    for epoch, (_, values) in zip(trained.history.epochs, trained.told, strict=True):
        assert {**values, "epoch": epoch["epoch"], "seconds": epoch["seconds"]} == epoch


def test_losses_and_metrics_stand_under_the_users_names(trained) -> None:
    names = {"loss", "sold_loss", "price_loss", "sold_accuracy", "price_mae"}
    expected = {"epoch", "seconds"} | names | {f"val_{name}" for name in names}
    expected |= {
        f"{n}_{what}" for n in ("sold", "price") for what in ("weight", "gradient")
    }
    assert trained.history.stage == "first"
    assert all(set(epoch) == expected for epoch in trained.history.epochs)
    assert all(epoch["seconds"] > 0 for epoch in trained.history.epochs)


@pytest.mark.parametrize("part", ["", "val_"])
def test_the_total_is_the_sum_of_the_losses_by_their_weights(trained, part) -> None:
    for epoch in trained.history.epochs:
        total = epoch[f"{part}sold_loss"] + WEIGHT * epoch[f"{part}price_loss"]
        assert epoch[f"{part}loss"] == pytest.approx(total, rel=1e-4)


def test_the_training_loss_falls(trained) -> None:
    losses = [epoch["loss"] for epoch in trained.history.epochs]
    assert losses[-1] < 0.5 * losses[0]


# --- a network that plays losses ---


class Scripted:
    """Stands for a network: `fit` plays what each epoch is said to end with."""

    def __init__(self, *losses: Any) -> None:
        self.losses = losses
        self.weights = [np.zeros(1)]
        self.stop_training = False

    def compile(self, optimizer: keras.optimizers.Optimizer) -> None:
        self.optimizer = optimizer
        optimizer.build([])

    def get_weights(self) -> list[np.ndarray]:
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.weights = weights

    def __call__(self, inputs: Any, training: bool) -> dict[str, np.ndarray]:
        return {}

    def compute_loss(self, x: Any, y: Any, y_pred: Any) -> float:
        return 1.0

    def fit(self, training, *, epochs, validation_data, callbacks, **options) -> None:
        assert not options["shuffle"], "the order is the data set's own"
        name = "loss" if validation_data is None else "val_loss"
        for callback in callbacks:
            callback.set_model(self)
        for epoch, loss in enumerate(self.losses[:epochs]):
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
            self.weights = [np.array([epoch + 1.0])]
            if isinstance(loss, BaseException):
                raise loss
            for callback in callbacks:
                callback.on_epoch_end(epoch, {"loss": 1.0, name: loss})
            if self.stop_training:
                break


def play(*losses: Any, valid: bool = True, **arguments: Any) -> Any:
    network: Any = Scripted(*losses)
    arrays = rows(16)
    stage = Stage(len(losses), **arguments)
    history = train(network, stage, batches(arrays), batches(arrays) if valid else None)
    return history, float(network.weights[0][0])


@pytest.mark.parametrize(
    ("losses", "patience", "ran", "best"),
    [
        ([3, 2, 1, 2, 2, 0], 2, 5, 3),
        ([3, 2, 1, 2, 2, 0], 3, 6, 6),
        ([3, 2, 1, 2, 2, 2], None, 6, 3),
        ([1, 1, 1, 1], 2, 3, 1),  # equal is no improvement
        ([2, 1], 1, 2, 2),
    ],
)
def test_patience_counts_epochs_without_improvement(losses, patience, ran, best):
    history, kept = play(*losses, patience=patience)
    assert (len(history.epochs), history.best_epoch, kept) == (ran, best, best)


def test_without_validation_the_last_weights_stay() -> None:
    history, kept = play(1, 2, 3, valid=False, patience=1)
    assert (len(history.epochs), history.best_epoch, kept) == (3, 3, 3)


def test_ctrl_c_keeps_the_best_weights_so_far() -> None:
    history, kept = play(2, 1, 3, KeyboardInterrupt())
    assert history.interrupted
    assert (len(history.epochs), history.best_epoch, kept) == (3, 2, 2)


def test_ctrl_c_in_the_first_epoch_gives_an_empty_history() -> None:
    history, _ = play(KeyboardInterrupt())
    assert (history.interrupted, history.epochs, history.best_epoch) == (True, [], 0)


def test_other_errors_come_through() -> None:
    with pytest.raises(RuntimeError, match="of the user's callback"):
        play(1, RuntimeError("of the user's callback"))


def test_the_optimizer_is_made_for_all_steps_of_the_stage() -> None:
    network: Any = Scripted(1.0)
    train(network, Stage(5, warmup=0.0, learning_rate=0.25), batches(rows(40)))
    rate = network.optimizer.learning_rate
    assert float(rate) == 0.25
    network.optimizer.iterations.assign(10)  # of 15: 5 epochs of 3 batches
    expected = 0.125 * (1 + np.cos(np.pi * 10 / 15))
    assert float(network.optimizer.learning_rate) == pytest.approx(expected, rel=1e-4)


# --- numbers that are none ---


def with_nan(arrays: dict[str, Any]) -> None:
    arrays["facts"][[4, 7], 1] = np.nan


def with_a_huge_label(arrays: dict[str, Any]) -> None:
    arrays[f"{LABEL}price"][4] = 1e30  # its square is no float32


def diverged(training: dict[str, Any], valid: dict[str, Any] | None = None) -> str:
    """What is said of rows, without a training."""
    network = small_network()
    network.compile()
    parts = {"training": batches(training, seed=3)}
    if valid is not None:
        parts["validation"] = batches(valid, shuffle=False)
    return str(trainer._diverged(network, parts, 0))


def test_a_loss_that_is_no_number_stops_with_the_rows_at_fault() -> None:
    network, arrays = small_network(), rows()
    with_nan(arrays)
    before = network.get_weights()
    with pytest.raises(TrainingError) as caught:
        train(network, Stage(2, **STEADY), batches(arrays, shuffle=False))
    assert str(caught.value) == (
        "epoch 1: the loss is not a number on these training rows (counted from 1): "
        "5, 8. Look at their values, or set `scale: true` on the output."
    )
    assert same(network.get_weights(), before)


def test_a_label_too_large_for_the_loss_is_at_fault_too() -> None:
    arrays = rows()
    with_a_huge_label(arrays)
    assert "on these training rows (counted from 1): 5. Look" in diverged(arrays)


def test_validation_rows_at_fault_are_named() -> None:
    valid = rows(16, seed=1)
    with_nan(valid)
    assert "on these validation rows (counted from 1): 5, 8." in diverged(rows(), valid)


def test_a_validation_loss_that_is_no_number_stops_too(monkeypatch) -> None:
    looked: list[Any] = []

    def culprits(network: Any, found: Any) -> list[int]:
        looked.append(found)
        return []

    monkeypatch.setattr(trainer, "_culprits", culprits)
    with pytest.raises(TrainingError, match="epoch 2: the loss"):
        play(1.0, float("nan"), 1.0)
    assert len(looked) == 2, "training and validation rows"


def test_the_row_of_the_table_is_named_not_its_place_in_a_batch() -> None:
    arrays = rows()
    arrays["facts"][40] = np.nan
    assert "(counted from 1): 41." in diverged(arrays)


def test_looking_for_rows_goes_row_by_row_only_where_the_batch_is_at_fault(
    monkeypatch,
) -> None:
    network, arrays = small_network(), rows()
    network.compile()
    arrays["facts"][40] = np.nan
    looked: list[int] = []
    row = trainer._row

    def counting(found, index):
        looked.append(index)
        return row(found, index)

    monkeypatch.setattr(trainer, "_row", counting)
    assert trainer._culprits(network, batches(arrays, shuffle=False)) == [41]
    assert len(looked) == 3 * 16  # inputs, labels and outputs of the last batch


@pytest.mark.parametrize(
    "arguments",
    [
        {"optimizer": "sgd", "learning_rate": 1e12, "epochs": 3},
        {"optimizer": "sgd", "learning_rate": 1e38, "epochs": 1, "batch_size": 48},
    ],
    ids=["in the loss", "in the last step"],
)
def test_a_learning_rate_too_high_is_no_fault_of_a_row(arguments) -> None:
    network, arrays = small_network(), rows()
    stage = Stage(**{**STEADY, **arguments})
    with pytest.raises(TrainingError) as caught:
        train(network, stage, batches(arrays, stage.batch_size))
    assert "the loss is no longer a number. Lower `learning_rate`" in str(caught.value)
    assert "no single row is at fault" in str(caught.value)
    assert all(np.isfinite(weight).all() for weight in network.get_weights())


def test_ctrl_c_inside_a_step_leaves_a_network_that_works() -> None:
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 1:
                raise KeyboardInterrupt

    network, arrays = small_network(), rows()
    history = train(network, Stage(2, **STEADY), batches(arrays), callbacks=[Stop()])
    assert history.interrupted
    assert all(np.isfinite(weight).all() for weight in network.get_weights())
    network({name: arrays[name] for name in ("facts", "kind")})


def test_a_stage_weighs_losses_anew() -> None:
    def first_loss(**settings: Any) -> dict[str, float]:
        network = small_network()
        stage = Stage(1, learning_rate=1e-9, batch_size=48, **settings)
        return train(network, stage, batches(rows(), 48)).epochs[0]

    usual, anew = first_loss(), first_loss(loss_weights={"price": 2.0, "gone": 1.0})
    sold, price = usual["sold_loss"], usual["price_loss"]
    assert usual["loss"] == pytest.approx(sold + WEIGHT * price, rel=1e-4)
    assert anew["loss"] == pytest.approx(sold + 2.0 * price, rel=1e-4)
