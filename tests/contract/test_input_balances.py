"""What every balance of inputs in the table keeps."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from sensorium.nn.input_balance import INPUT_BALANCES, InputBalance
from sensorium.schema import Role
from sensorium.schema.parameters import parameters_from_source, parameters_of
from tests.nn.input_balance.made import array, learn, network, rows

ROLE = Role("balance of inputs", INPUT_BALANCES)
STEERING = [w for w in INPUT_BALANCES if ROLE.load(w).steers]  # type: ignore[attr-defined]
every = pytest.mark.parametrize("word", INPUT_BALANCES)


@every
def test_source_and_class_say_the_same(word) -> None:
    from_source = parameters_from_source(INPUT_BALANCES[word])
    assert from_source == parameters_of(ROLE.load(word))


@every
def test_documents_and_configurations_give_it_back(word) -> None:
    rule = ROLE.build(word)
    assert isinstance(rule, InputBalance)
    assert ROLE.build(ROLE.document(rule)) == rule
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(rule)))
    assert keras.saving.deserialize_keras_object(config) == rule


@pytest.mark.parametrize("word", STEERING)
@pytest.mark.parametrize("missing", ["labels", "input"])
def test_what_is_absent_leaves_numbers_and_the_encoder_as_they_were(
    word, missing
) -> None:
    x, y = rows(16)
    if missing == "labels":
        y = {"sold": np.full(16, -1)}
    else:
        x = {**x, "more/present": np.zeros(16, bool), "more": x["more"] * np.nan}
    model = network()
    model.compile(keras.optimizers.SGD(0.1), input_balance=ROLE.build(word))
    before = [array(v) for v in model.encoders["more"].trainable_variables]
    learn(model, x, y)
    after = [array(v) for v in model.encoders["more"].trainable_variables]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.mark.parametrize("word", STEERING)
def test_steps_differ_from_those_without_it(word) -> None:
    x, y = rows()
    found = {}
    for steered in (False, True):
        model = network()
        rule = ROLE.build(word) if steered else None
        model.compile(keras.optimizers.SGD(0.1), input_balance=rule)
        if word == "gradient_blending" and steered:
            model.input_balance.weights_of_losses.assign([0.5, 2.0, 0.5])
        learn(model, x, y)
        found[steered] = model.encoders["more"].get_weights()[0]
    assert np.abs(found[True] - found[False]).max() > 1e-5
