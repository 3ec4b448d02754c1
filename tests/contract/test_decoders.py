"""What every decoder in the table keeps."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.nn.decoders import DECODERS, DEFAULT_DECODERS
from sensorium.schema.parameters import parameters_from_source, parameters_of
from tests.nn.samples import DECODER_ROLE, FROM_DATA, array, built, through_json

every_decoder = pytest.mark.parametrize("word", DECODERS)
WIDTH = 6


@pytest.fixture(scope="module")
def models():
    """For each word one decoder in a plain Keras model."""
    keras.utils.set_random_seed(0)
    found = {}
    for word in DECODERS:
        x = keras.Input((WIDTH,))
        found[word] = keras.Model(x, built(DECODER_ROLE, word)(x))
    return found


def vectors(rows: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, WIDTH)).astype("float32")


def test_every_default_exists() -> None:
    assert set(DEFAULT_DECODERS.values()) <= set(DECODERS)


@every_decoder
def test_source_and_class_say_the_same(word) -> None:
    from_source = parameters_from_source(DECODERS[word])
    assert from_source == parameters_of(DECODER_ROLE.load(word))
    assert {"shape", "activation"} <= set(from_source)


@every_decoder
def test_output_has_the_shape_of_the_data(models, word) -> None:
    shape = tuple(FROM_DATA[word]["shape"])
    output = models[word].predict_on_batch(vectors(4))
    assert output.shape == (4, *shape)
    assert models[word].layers[-1].compute_output_shape((4, WIDTH)) == (4, *shape)
    assert output.dtype == np.float32
    assert np.isfinite(output).all()
    assert np.ptp(output, axis=0).min() > 0, "an entry does not depend on the input"


@every_decoder
def test_rows_do_not_see_each_other(models, word) -> None:
    x = vectors(3)
    whole = models[word].predict_on_batch(x)
    pieces = [models[word].predict_on_batch(x[row : row + 1]) for row in range(3)]
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6, rtol=1e-6)


@every_decoder
def test_no_rows_in_no_rows_out(models, word) -> None:
    output = models[word].predict_on_batch(vectors(0))
    assert output.shape == (0, *FROM_DATA[word]["shape"])


@every_decoder
def test_config_comes_back_from_json_equal_and_unbuilt(models, word) -> None:
    decoder = models[word].layers[-1]
    again = through_json(decoder)
    assert again == decoder
    assert not again.built
    document = json.loads(json.dumps(DECODER_ROLE.document(decoder)))
    assert DECODER_ROLE.build(document) == decoder


@every_decoder
def test_an_unknown_argument_is_refused_with_a_hint(word) -> None:
    with pytest.raises(RecipeError, match="Did you mean `shape`"):
        DECODER_ROLE.load(word)(shap=[3])


@every_decoder
def test_seed_decides_the_weights(word) -> None:
    found = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        decoder = built(DECODER_ROLE, word)
        decoder.build((None, WIDTH))
        found.append([array(weight.value) for weight in decoder.trainable_weights])
    same = [np.array_equal(a, b) for a, b in zip(found[0], found[1], strict=True)]
    other = [np.array_equal(a, b) for a, b in zip(found[0], found[2], strict=True)]
    assert all(same)
    assert not all(other)


@every_decoder
def test_one_step_changes_every_weight(models, word) -> None:
    model = keras.models.clone_model(models[word])
    before = [array(weight.value) for weight in model.weights]
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.train_on_batch(vectors(32), np.ones((32, *FROM_DATA[word]["shape"])))
    after = [array(weight.value) for weight in model.weights]
    assert not any(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@every_decoder
def test_a_saved_model_gives_equal_outputs(models, word, tmp_path) -> None:
    models[word].save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = vectors(3)
    expected = models[word].predict_on_batch(x)
    np.testing.assert_array_equal(loaded.predict_on_batch(x), expected)


@every_decoder
def test_mixed_precision_gives_finite_float32(word) -> None:
    decoder = built(DECODER_ROLE, word, dtype="mixed_bfloat16")
    output = decoder(vectors(3))
    assert keras.backend.standardize_dtype(output.dtype) == "float32"
    assert np.isfinite(array(output)).all()
    assert {weight.dtype for weight in decoder.weights} == {"float32"}


@every_decoder
def test_sigmoid_keeps_values_within_zero_and_one(word) -> None:
    output = array(built(DECODER_ROLE, word, activation="sigmoid")(50 * vectors(9)))
    assert output.min() >= 0
    assert output.max() <= 1
    assert output.min() < 0.1 < 0.9 < output.max()


@every_decoder
def test_a_shape_that_nobody_gave_is_named(word) -> None:
    with pytest.raises(DataError, match="needs `shape` to be built"):
        DECODER_ROLE.load(word)()(vectors(1))


@every_decoder
def test_only_vectors_are_decoded(word) -> None:
    with pytest.raises(DataError, match=r"takes an input of shape \(rows, width\)"):
        built(DECODER_ROLE, word).build((None, 3, 4))
