"""What every encoder in the table keeps."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.network import join
from sensorium.nn.encoders import DEFAULT_ENCODERS, ELSEWHERE, ENCODERS
from sensorium.nn.heads import Regression
from sensorium.schema.parameters import parameters_from_source, parameters_of
from tests.nn.samples import (
    ENCODER_ROLE,
    FROM_DATA,
    SHAPES,
    array,
    built,
    labels,
    through_json,
    values,
)

OWN = [word for word in ENCODERS if word not in ELSEWHERE]
every_encoder = pytest.mark.parametrize("word", OWN)


@pytest.fixture(scope="module")
def models():
    """For each word one encoder in a plain Keras model."""
    keras.utils.set_random_seed(0)
    found = {}
    for word in OWN:
        x = keras.Input(SHAPES[word], dtype=values(word, 1).dtype.name)
        found[word] = keras.Model(x, built(ENCODER_ROLE, word, units=10)(x))
    return found


@pytest.fixture(scope="module")
def encoders(models):
    """One built encoder for each word."""
    return {word: model.layers[-1] for word, model in models.items()}


def test_every_kind_has_a_default_that_exists() -> None:
    assert set(DEFAULT_ENCODERS.values()) <= set(ENCODERS)


@every_encoder
def test_source_and_class_say_the_same(word) -> None:
    reference = ENCODERS[word]
    from_source = parameters_from_source(reference)
    assert from_source == parameters_of(ENCODER_ROLE.load(word))
    assert "units" in from_source


@every_encoder
def test_output_is_one_vector_a_row(models, encoders, word) -> None:
    output = models[word].predict_on_batch(values(word, 4))
    assert output.shape == (4, 10)
    assert encoders[word].compute_output_shape((4, *SHAPES[word])) == (4, 10)
    assert output.dtype == np.float32
    assert np.isfinite(output).all()
    assert np.ptp(output, axis=0).max() > 0, "the output does not depend on the input"


@every_encoder
def test_rows_do_not_see_each_other(models, word) -> None:
    x = values(word, 4)
    whole = models[word].predict_on_batch(x)
    pieces = [models[word].predict_on_batch(x[row : row + 1]) for row in range(4)]
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6, rtol=1e-6)


@every_encoder
def test_no_rows_in_no_rows_out(models, word) -> None:
    strided = ("residual", "signal_convolution")
    if keras.backend.backend() == "tensorflow" and word in strided:
        pytest.skip("TensorFlow refuses a strided convolution of no rows in a graph")
    assert models[word].predict_on_batch(values(word, 0)).shape == (0, 10)


@every_encoder
def test_zeros_of_an_absent_row_give_a_finite_vector(models, word) -> None:
    zeros = np.zeros_like(values(word, 4))
    assert np.isfinite(models[word].predict_on_batch(zeros)).all()


@every_encoder
def test_config_comes_back_from_json_equal_and_unbuilt(encoders, word) -> None:
    again = through_json(encoders[word])
    assert again == encoders[word]
    assert again.name == encoders[word].name
    assert not again.built
    assert again.weights == []


@every_encoder
def test_document_builds_an_equal_encoder(encoders, word) -> None:
    document = ENCODER_ROLE.document(encoders[word])
    assert ENCODER_ROLE.build(json.loads(json.dumps(document))) == encoders[word]
    assert document["type"] == word


@every_encoder
def test_an_unknown_argument_is_refused_with_a_hint(word) -> None:
    with pytest.raises(RecipeError, match="Did you mean `units`"):
        ENCODER_ROLE.load(word)(unitz=3)


@every_encoder
def test_seed_decides_the_weights(word) -> None:
    found = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        encoder = built(ENCODER_ROLE, word)
        encoder.build((None, *SHAPES[word]))
        found.append([array(weight.value) for weight in encoder.trainable_weights])
    same = [np.array_equal(a, b) for a, b in zip(found[0], found[1], strict=True)]
    other = [np.array_equal(a, b) for a, b in zip(found[0], found[2], strict=True)]
    assert all(same)
    assert not all(other)


@every_encoder
def test_filled_takes_from_the_data_only_what_is_open(word) -> None:
    bare = ENCODER_ROLE.build({"type": word, "units": 7})
    filled = bare.filled({**FROM_DATA.get(word, {}), "units": 99, "elsewhere": 1})
    assert filled == built(ENCODER_ROLE, word, units=7)


@every_encoder
def test_one_step_changes_every_weight(word) -> None:
    network = join({"x": built(ENCODER_ROLE, word)}, heads={"y": Regression()}, seed=0)
    x = {"x": values(word, 32), "x/present": np.arange(32) % 4 > 0}
    network.build_from({"x": (SHAPES[word], x["x"].dtype)})
    before = network.weights_by_name()
    network.compile(keras.optimizers.SGD(0.1))
    network.train_on_batch(x, {"y": labels("regression", 32)})
    after = network.weights_by_name()
    same = [name for name in before if np.array_equal(before[name], after[name])]
    assert same == ["y/target_mean", "y/target_scale"]
    assert all(np.isfinite(value).all() for value in after.values())


@every_encoder
def test_a_saved_network_gives_equal_outputs(word, tmp_path) -> None:
    network = join({"x": built(ENCODER_ROLE, word)}, heads={"y": Regression()})
    x = {"x": values(word, 4)}
    expected = network.predict_on_batch(x)["y"]
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded.predict_on_batch(x)["y"], expected)
    assert list(loaded.weights_by_name()) == list(network.weights_by_name())


@every_encoder
def test_two_networks_from_one_description_share_no_weights(word) -> None:
    encoder = built(ENCODER_ROLE, word)
    shapes = {"x": (SHAPES[word], values(word, 1).dtype)}
    first, second = (
        join({"x": encoder}, heads={"y": Regression()}).build_from(shapes)
        for _ in range(2)
    )
    ids = {id(weight) for weight in first.weights}
    assert ids.isdisjoint(id(weight) for weight in second.weights)
    assert not encoder.built


@every_encoder
def test_mixed_precision_computes_in_bfloat16_and_stays_finite(word) -> None:
    encoder = built(ENCODER_ROLE, word, dtype="mixed_bfloat16", units=10)
    x = keras.Input(SHAPES[word], dtype=values(word, 1).dtype.name)
    output = encoder(x)
    assert output.dtype == "bfloat16"
    model = keras.Model(x, keras.ops.cast(output, "float32"))
    assert np.isfinite(model.predict_on_batch(values(word, 3))).all()
    assert {weight.dtype for weight in encoder.weights} == {"float32"}


@every_encoder
def test_tokens_have_the_shape_that_is_said_and_do_not_see_other_rows(
    encoders, word
) -> None:
    encoder, x = encoders[word], values(word, 4)
    if not encoder.gives_tokens:
        with pytest.raises(NotImplementedError):
            encoder.tokens(x)
        return
    tokens, mask = encoder.tokens(x)
    assert tuple(tokens.shape) == encoder.tokens_shape((4, *SHAPES[word]))
    assert mask is None or tuple(mask.shape) == tuple(tokens.shape[:2])
    again, _ = encoder.tokens(x[::-1])
    np.testing.assert_allclose(array(again)[::-1], array(tokens), atol=1e-5)
    assert np.ptp(array(tokens), axis=0).max() > 0
