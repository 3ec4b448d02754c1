"""Encoders that learn from what occurs together."""

from __future__ import annotations

import json
import math

import keras
import numpy as np
import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.nn.alignment import Alignment, AtMost, Retrieval
from sensorium.nn.encoders import MLP
from tests.nn.samples import array, gradient

NAMES = ("photo", "sound", "text")
TWO = NAMES[:2]
ROWS, WIDTH = 8, 6


def seen(rows: int = ROWS, seed: int = 0, names=TWO) -> dict[str, np.ndarray]:
    """Views of one latent thing a row, each through a matrix of its own."""
    latent = np.random.default_rng(seed).normal(size=(rows, 4))
    found = {}
    for at, name in enumerate(names):
        matrix = np.random.default_rng(100 + at).normal(size=(4, WIDTH))
        found[name] = np.tanh(latent @ matrix).astype("float32")
    return found


def aligned(names=TWO, width: int = WIDTH) -> Alignment:
    encoders = {name: keras.layers.Dense(width, "tanh") for name in names}
    model = Alignment(encoders, width, seed=1)
    return model.build_from(dict.fromkeys(names, ((WIDTH,), "float32")))


def loss_of(model, inputs, rows=None) -> float:
    outputs = model(inputs)
    labels = None if rows is None else {"rows": rows}
    return float(array(model.compute_loss(y=labels, y_pred=outputs)))


def expected(model, inputs, kept, names=TWO) -> float:
    """CLIP's loss of some rows, in NumPy."""
    outputs = model(inputs)
    first, second = (array(outputs[name])[kept] for name in names)
    scores = first @ second.T / model.temperature
    sums = [np.log(np.exp(scores).sum(axis)) - np.diag(scores) for axis in (0, 1)]
    return float(np.mean(sums))


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(0)
    model = aligned(width=16)
    before = [array(weight.value) for weight in model.trainable_variables]
    model.compile(keras.optimizers.Adam(1e-2))
    history = model.fit(
        seen(320), {"rows": np.ones(320)}, batch_size=64, epochs=12, verbose=0
    )
    return model, before, history.history


def test_partners_are_found_far_above_chance(trained) -> None:
    model, _, history = trained
    fresh = seen(64, seed=9)
    scores = model.evaluate(
        fresh, {"rows": np.ones(64)}, batch_size=64, verbose=0, return_dict=True
    )
    assert scores["retrieval_accuracy"] > 0.3  # chance is 1 in 64
    assert history["loss"][-1] < 0.7 * history["loss"][0]


def test_every_weight_learns_the_temperature_among_them(trained) -> None:
    model, before, _ = trained
    after = [array(weight.value) for weight in model.trainable_variables]
    for old, new, weight in zip(before, after, model.trainable_variables, strict=True):
        assert not np.allclose(old, new), weight.path


def test_a_gradient_comes_from_present_rows_only() -> None:
    model = aligned()
    inputs = seen()
    present = np.arange(ROWS) != 2

    def loss(values):
        outputs = model({**inputs, "photo": values, "photo/present": present})
        return model.compute_loss(y_pred=outputs)

    found = np.abs(gradient(loss, inputs["photo"])).sum(axis=1)
    assert not found[~present].any()
    assert (found[present] > 0).all()


@pytest.mark.parametrize("bad", [np.nan, 1e30])
def test_absent_and_padding_rows_do_not_count(bad) -> None:
    model = aligned()
    inputs = seen()
    known = expected(model, inputs, [0, 1, 3, 6])
    inputs["photo"][2] = bad
    inputs["sound"][4] = bad
    marks = {"photo/present": np.arange(8) != 2, "sound/present": np.arange(8) != 4}
    rows = np.array([1, 1, 1, 1, 1, np.nan, 1, np.nan], "float32")
    assert loss_of(model, {**inputs, **marks}, rows) == pytest.approx(known, abs=1e-5)


@pytest.mark.parametrize("complete", [0, 1])
def test_a_batch_without_two_complete_rows_teaches_nothing(complete) -> None:
    model = aligned()
    model.compile(keras.optimizers.SGD(1.0))
    inputs = seen()
    inputs["sound/present"] = np.arange(ROWS) < complete
    before = model.get_weights()
    found = model.fit(inputs, {"rows": np.ones(ROWS)}, verbose=0).history
    assert found["loss"] == [0.0]
    assert math.isnan(found["retrieval_accuracy"][0])
    for old, new in zip(before, model.get_weights(), strict=True):
        assert (old == new).all()


def test_pairs_of_three_inputs_are_weighed_by_their_rows() -> None:
    model = aligned(NAMES)
    inputs = seen(names=NAMES)
    found = loss_of(model, {**inputs, "text/present": np.arange(ROWS) < 3})
    known = ROWS * expected(model, inputs, range(ROWS))
    known += 3 * expected(model, inputs, range(3), ("photo", "text"))
    known += 3 * expected(model, inputs, range(3), ("sound", "text"))
    assert found == pytest.approx(known / (ROWS + 3 + 3), rel=1e-5)


def test_the_users_encoders_are_those_that_learn() -> None:
    encoder = MLP(3)
    layer = keras.layers.Dense(3)
    model = Alignment({"photo": encoder, "sound": layer}, 4)
    assert model.encoders["photo"] is encoder
    assert model.encoders["sound"].layer is layer


def test_vectors_have_length_one_and_the_common_width() -> None:
    outputs = aligned(width=5)(seen())
    for name in TWO:
        lengths = np.linalg.norm(array(outputs[name]), axis=1)
        assert lengths == pytest.approx(np.ones(ROWS), abs=1e-5)
        assert outputs[name].shape == (ROWS, 5)


def test_a_frozen_encoder_stays_and_the_other_comes_to_it() -> None:
    model = aligned()
    model.encoders["photo"].trainable = False
    model.compile(keras.optimizers.SGD(0.1))
    before = {name: model.encoders[name].get_weights() for name in TWO}
    model.fit(seen(), {"rows": np.ones(ROWS)}, verbose=0)
    same = [
        all(
            (old == new).all()
            for old, new in zip(w, model.encoders[n].get_weights(), strict=True)
        )
        for n, w in before.items()
    ]
    assert same == [True, False]


def test_weights_depend_on_the_seed_and_the_name() -> None:
    one, two = aligned(), aligned()
    kernels = [array(model.projections["photo"].kernel.value) for model in (one, two)]
    assert (kernels[0] == kernels[1]).all()
    other = array(one.projections["sound"].kernel.value)
    assert not np.allclose(kernels[0], other)


def test_it_computes_in_float32_under_mixed_precision() -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        outputs = aligned()(seen())
    finally:
        keras.config.set_dtype_policy(before)
    assert {str(array(value).dtype) for value in outputs.values()} == {"float32"}


def test_it_comes_back_from_its_config() -> None:
    model = aligned()
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    again = keras.saving.deserialize_keras_object(config)
    again.set_weights(model.get_weights())
    inputs = seen()
    assert array(again(inputs)["photo"]) == pytest.approx(array(model(inputs)["photo"]))
    constraint = AtMost.from_config(AtMost(2.0).get_config())
    assert array(constraint(np.array([1.0, 3.0]))).tolist() == [1.0, 2.0]
    assert np.isnan(array(Retrieval().result()))


def test_what_cannot_be_aligned_is_refused() -> None:
    with pytest.raises(RecipeError) as error:
        Alignment({"a/b": MLP(3)}, 0)
    assert [problem.path for problem in error.value.problems] == [
        "encoders",
        "a/b",
        "units",
    ]
    model = aligned()
    with pytest.raises(DataError, match="there is no input `foto`"):
        model({**seen(2), "foto": np.ones((2, 1))})
    with pytest.raises(DataError, match="alignment takes none"):
        model.compute_loss(y_pred={}, sample_weight=np.ones(2))
