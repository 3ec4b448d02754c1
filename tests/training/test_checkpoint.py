from __future__ import annotations

import contextlib

import keras
import numpy as np
import pytest

from sensorium.training import Stage, train
from sensorium.training.checkpoint import Checkpoint, begin_random
from sensorium.training.trainer import States
from tests.training.made import batches, rows, same, small_network

CASES = {
    "averaged": {"optimizer": "adam"},
    "plain": {"optimizer": {"type": "sgd", "momentum": 0.9, "use_ema": False}},
    "rates": {"learning_rate": {"facts": 1e-4}},
}


class BrokenError(Exception):
    pass


def trained(settings, *, stop=None, resumed=None):
    stage = Stage(4, batch_size=16, patience=None, **settings)
    network = small_network(dropout=0.3)
    begin_random(network, 7, stage.name)
    kept: list[Checkpoint] = []

    def keep(checkpoint):
        kept.append(checkpoint)
        if checkpoint.epochs == stop:
            raise BrokenError

    rates = stage.rates(list(network.encoders))
    own = {id(v): rates.get(n, 1e-3) for n, p in
           {**network.encoders, "fusion": network.fusion, **network.heads}.items()
           for v in p.trainable_variables}  # fmt: skip
    valid = batches(rows(seed=1), shuffle=False)
    with contextlib.suppress(BrokenError):
        train(
            network, stage, batches(rows(), seed=3), valid,
            states=States(keep, resumed), rates=own,
        )  # fmt: skip
    return network, kept


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(settings, id=name, marks=[pytest.mark.slow] * (name != "averaged"))
        for name, settings in CASES.items()
    ],
)
def test_a_stage_that_goes_on_ends_with_the_bits_of_an_unbroken_one(settings) -> None:
    whole, states = trained(settings)
    _, kept = trained(settings, stop=2)
    resumed, later = trained(settings, resumed=kept[-1])
    assert [state.epochs for state in later] == [3, 4]
    assert same(whole.get_weights(), resumed.get_weights())
    final, expected = later[-1].document, states[-1].document
    for name in ("best", "epochs"):
        assert final[name] == expected[name]
    assert final["history"]["best_epoch"] == expected["history"]["best_epoch"]
    assert len(final["history"]["epochs"]) == 4


def test_random_numbers_of_a_stage_are_a_function_of_its_name() -> None:
    def drawn(stage, seed=0):
        network = small_network(dropout=0.5)
        begin_random(network, seed, stage)
        inputs = {"facts": np.ones((64, 3), "float32"), "kind": np.zeros((64, 1), int)}
        return keras.ops.convert_to_numpy(network(inputs, training=True)["price"])

    assert drawn("a").tolist() == drawn("a").tolist()
    assert drawn("a").tolist() != drawn("b").tolist()
    assert drawn("a").tolist() != drawn("a", seed=1).tolist()
