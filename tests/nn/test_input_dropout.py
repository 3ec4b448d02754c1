from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.network import join
from sensorium.nn.encoders import MLP
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Classification
from sensorium.nn.input_dropout import InputDropout, by_input

RATES = {"a": 0.5, "b": 0.2, "c": 0.0}


def dropped(presence, rates=None, seed=0):
    keras.utils.set_random_seed(seed)
    layer = InputDropout(rates or RATES)
    return np.asarray(keras.ops.convert_to_numpy(layer(presence, training=True)))


def test_inputs_are_hidden_row_by_row_at_their_rates():
    kept = dropped(np.ones((20_000, 3), bool)).mean(axis=0)
    assert kept[0] == pytest.approx(0.5, abs=0.015)
    assert kept[1] == pytest.approx(0.8, abs=0.015)
    assert kept[2] == 1.0


def test_one_input_that_is_there_stays_and_each_as_often():
    rates = {"a": 0.9, "b": 0.5}
    kept = dropped(np.ones((40_000, 2), bool), rates)
    assert kept.any(axis=1).all()
    # Alone by its own luck, or (0.45 of all rows) one of the two evenly.
    assert (kept == [True, False]).all(axis=1).mean() == pytest.approx(0.275, abs=0.01)
    assert (kept == [False, True]).all(axis=1).mean() == pytest.approx(0.675, abs=0.01)


def test_what_is_absent_stays_absent():
    presence = np.array([[True, False, False], [False, True, True], [False] * 3] * 500)
    kept = dropped(presence)
    assert not (kept & ~presence).any()
    assert kept[0::3, 0].all()
    assert not kept[2::3].any()


def test_prediction_hides_nothing_and_a_seed_decides():
    presence = np.ones((500, 3), bool)
    layer = InputDropout(RATES)
    assert keras.ops.convert_to_numpy(layer(presence, training=False)).all()
    assert (dropped(presence, seed=1) == dropped(presence, seed=1)).all()
    assert (dropped(presence, seed=1) != dropped(presence, seed=2)).any()


def test_the_configuration_makes_an_equal_layer():
    layer = InputDropout(RATES, name="hide")
    assert InputDropout.from_config(layer.get_config()) == layer


def test_one_share_stands_for_all_inputs():
    assert by_input(0.3, {"a": 0, "b": 0}) == {"a": 0.3, "b": 0.3}
    assert by_input({"b": 0.3}, {"a": 0, "b": 0}) == {"a": 0.0, "b": 0.3}


def test_a_network_trains_with_its_inputs_hidden_as_if_they_were_absent():
    inputs = {"a": np.ones((64, 2), "float32"), "b": np.ones((64, 2), "float32")}
    network = join(
        {"a": MLP(8, dropout=0.0), "b": MLP(8, dropout=0.0)},
        fusion=Concat(8, dropout=0.0),
        heads={"y": Classification(2)},
        seed=1,
        modality_dropout={"a": 0.9},
    )
    outputs = keras.ops.convert_to_numpy(network(inputs, training=True)["y"])
    without = {**inputs, "a/present": np.zeros(64, bool)}
    alone = network.predict_on_batch(without)["y"]
    both = network.predict_on_batch(inputs)["y"]
    hidden = np.isclose(outputs, alone, atol=1e-5).all(axis=1)
    assert 0.7 < hidden.mean() < 1.0
    assert np.allclose(outputs[~hidden], both[0], atol=1e-5)


def test_a_rate_of_an_unknown_input_or_of_one_is_refused():
    with pytest.raises(RecipeError) as caught:
        join({"a": MLP(8)}, heads={"y": Classification(2)},
             modality_dropout={"aa": 0.1, "a": 1.0})  # fmt: skip
    assert "Did you mean `a`?" in str(caught.value)
    assert "below 1. Received: 1.0" in str(caught.value)
