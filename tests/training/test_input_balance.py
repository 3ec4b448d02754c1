"""Unimodal heads in a stage: what is compiled, what is told, and what is kept."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import TrainingError
from sensorium.nn.input_balance import OGM, GradientBlending
from sensorium.training import Stage, train
from sensorium.training.dataset import LABEL
from sensorium.training.input_balance import (
    Blending,
    FusedLosses,
    check_rows,
    fused_outputs,
    loss_weights,
    steering,
    watching_inputs,
)
from tests.nn.input_balance.made import array, learn, network, rows
from tests.training.made import batches

X, Y = rows()
BATCHES = {**X, LABEL + "sold": Y["sold"]}


def test_only_rules_that_steer_go_into_the_step() -> None:
    model = network()
    assert isinstance(steering({"type": "ogm", "alpha": 0.3}, model), OGM)
    assert steering("ogm", model).alpha == OGM().alpha
    assert [steering(word, model) for word in ("auto", "none", "uniform")] == [None] * 3


def test_without_unimodal_heads_nothing_steers_or_watches() -> None:
    model = keras.Sequential([keras.layers.Dense(1)])
    assert steering("ogm", model) is None
    assert watching_inputs(model, []) == []


def test_copies_have_the_weight_of_their_output() -> None:
    found = loss_weights({"sold": 0.25, "other": 2.0}, network())
    assert found == {"sold": 0.25, "sold_from_facts": 0.25, "sold_from_more": 0.25}
    assert fused_outputs(network()) == ["sold"]


def test_losses_are_told_without_unimodal_heads() -> None:
    model = network()
    model.compile("sgd", loss_weights={"sold": 0.5})
    after = Keep()
    callbacks = [FusedLosses(), after]
    told = learn(model, X, Y, 2, validation_data=(X, Y), callbacks=callbacks)
    assert "sold_from_more_loss" in told
    for start in ("", "val_"):
        for epoch in range(2):
            found = after.kept[epoch][f"{start}loss"]
            assert found == pytest.approx(0.5 * told[f"{start}sold_loss"][epoch])


class Keep(keras.callbacks.Callback):
    """Keeps what callbacks after the first are told."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[dict[str, float]] = []

    def on_epoch_end(self, epoch, logs=None) -> None:
        self.kept.append(dict(logs))


def test_a_loss_that_is_no_number_is_told_as_it_is() -> None:
    callback = FusedLosses()
    model = network()
    model.compile("sgd")
    callback.set_model(model)
    logs = {"loss": float("nan"), "sold_loss": 1.0, "val_loss": 3.0, "val_sold_loss": 2}
    callback.on_epoch_end(0, logs)
    assert np.isnan(logs["loss"])
    assert logs["val_loss"] == 2


@pytest.fixture(scope="module")
def blended():
    model = network()
    made = batches(BATCHES)
    stage = Stage(3, input_balance={"type": "gradient_blending", "window": 1})
    return model, train(model, stage, made, made)


def test_a_stage_blends_by_its_own_history(blended) -> None:
    model, history = blended
    epochs = history.epochs
    assert isinstance(model.input_balance, GradientBlending)
    assert epochs[0]["sold_from_more_weight"] == pytest.approx(1.0)
    weights = array(model.input_balance.weights_of_losses)
    again = GradientBlending(window=1)
    again.begin(model)
    again.build((3,))
    again.learn_from(epochs[:2], list(model.heads))
    told = [epochs[2][f"{name}_weight"] for name in model.heads]
    wanted = array(again.weights_of_losses)
    np.testing.assert_allclose(told, wanted, rtol=1e-5)
    assert np.abs(weights - 1).max() > 0.01


def test_an_epoch_records_the_scores_of_every_input(blended) -> None:
    _, history = blended
    for epoch in history.epochs:
        assert {"val_sold_from_facts_accuracy", "sold_from_more_loss"} <= set(epoch)
        assert epoch["val_loss"] == pytest.approx(epoch["val_sold_loss"])


def test_weights_go_on_where_a_stopped_stage_was(blended) -> None:
    model, history = blended
    rule = network()
    rule.compile("sgd", input_balance=GradientBlending(window=1))
    callback = Blending(history.epochs)
    callback.set_model(rule)
    callback.on_train_begin()
    np.testing.assert_allclose(
        array(rule.input_balance.weights_of_losses),
        array(model.input_balance.weights_of_losses),
        rtol=1e-5,
    )


def test_blending_works_with_keras_alone() -> None:
    model = network()
    model.compile("sgd", input_balance=GradientBlending(window=1))
    learn(model, X, Y, 2, validation_data=(X, Y), callbacks=[Blending()])
    weights = array(model.input_balance.weights_of_losses)
    assert weights.sum() == pytest.approx(3.0, rel=1e-5)
    assert np.abs(weights - 1).max() > 0.01


def test_gradient_blending_needs_rows_that_are_not_trained_on() -> None:
    stage = Stage(1, input_balance="gradient_blending")
    text = "`gradient_blending` weighs losses by what they gain on rows that are not"
    with pytest.raises(TrainingError, match=text):
        check_rows(stage, None)
    check_rows(Stage(1), None)
    model = network()
    model.compile("sgd", input_balance=GradientBlending())
    with pytest.raises(TrainingError, match=text):
        learn(model, X, Y, callbacks=[Blending()])
