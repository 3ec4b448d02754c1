from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.network import join
from sensorium.nn.decoders import Convolution2D, Dense
from sensorium.nn.encoders import MLP
from sensorium.nn.heads import Reconstruction
from tests.nn.samples import array

NAN = np.nan


def mean_of(outputs, presence, target):
    return keras.ops.mean(outputs, axis=1)


def head_of(kind=None, shape=(3,), **facts):
    source = {"shape": shape, "kind": kind, **facts}
    head = Reconstruction("x", source=source, decoder=Dense(4))
    head.build((None, 2))
    return head


def test_bytes_of_pictures_become_shares() -> None:
    head = head_of("image", (1, 2, 1))
    pixels = np.array([[[[0], [255]]], [[[51], [7]]]], "uint8")
    found = array(head.label_from(pixels, np.array([True, False])))
    np.testing.assert_allclose(found[0].ravel(), [0, 1])
    assert np.isnan(found[1]).all()
    assert found.dtype == np.float32


def test_missing_numbers_are_not_reconstructed_nor_their_flags() -> None:
    # Columns 0 and 2 have flags; column 1 never lacked a number.
    head = head_of("number", (5,), flag_columns=(0, 2))
    values = np.array([[1, 2, 0, 0, 1], [0, 5, 6, 1, 0]], "float32")
    found = array(head.label_from(values, None))
    np.testing.assert_array_equal(found, [[1, 2, NAN], [NAN, 5, 6]])
    assert array(head(np.ones((2, 2), "float32"))).shape == (2, 3)


def test_only_observed_steps_of_signals_are_reconstructed() -> None:
    head = head_of("signal", (2, 3))
    values = np.array([[[1, 2, 1], [0, 0, 0]], [[3, 4, 1], [5, 6, 1]]], "float32")
    found = array(head.label_from(values, np.array([True, True])))
    np.testing.assert_array_equal(found, [[[1, 2], [NAN, NAN]], [[3, 4], [5, 6]]])


def test_an_array_is_taken_as_it_is_and_nan_is_unknown() -> None:
    values = np.array([[1, NAN, 3]], "float32")
    found = array(head_of().label_from(values, np.array([[True]])))
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("kind", ["category", "text", "flags", "time"])
def test_codes_are_refused_in_words(kind) -> None:
    with pytest.raises(DataError, match=rf"`x` is a {kind} input, which cannot be"):
        head_of(kind)


def test_whole_numbers_that_are_no_bytes_are_refused() -> None:
    with pytest.raises(DataError, match="its values are int32"):
        head_of().label_from(np.ones((2, 3), "int32"), None)


def test_an_input_of_flags_alone_is_refused() -> None:
    with pytest.raises(DataError, match="`x` has nothing to reconstruct"):
        head_of("signal", (4, 1))


def test_a_shape_that_nobody_gave_is_named() -> None:
    with pytest.raises(DataError, match="needs the shape of `x`"):
        Reconstruction("x").build((None, 3))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [("mse", (1 + 9) / 2), ("mae", (1 + 3) / 2), ("huber", (0.5 + 2.5) / 2)],
)
def test_loss_is_the_mean_over_known_entries_then_over_rows(loss, expected) -> None:
    head = Reconstruction("x", loss=loss, source={"shape": [3]})
    labels = np.array([[1, NAN, 3], [0, 0, 0], [NAN, NAN, NAN]], "float32")
    outputs = np.array([[0, 99, 6], [0, 0, 0], [7, 7, 7]], "float32")
    function = head.loss_function()
    assert function.name == loss
    found = float(array(function(labels, outputs)))
    assert found == pytest.approx(expected / 2), "the second row is perfect"
    errors = head.row_errors(labels, outputs)
    np.testing.assert_allclose(errors, [expected, 0, NAN])
    assert errors.dtype == np.float64


def test_the_metric_counts_entries() -> None:
    (metric,) = head_of().metric_objects()
    labels = np.array([[1, NAN, 3], [0, NAN, NAN], [NAN] * 3], "float32")
    metric.update_state(labels, np.array([[0, 9, 6], [2, 9, 9], [9, 9, 9]], "float32"))
    assert metric.name == "mae"
    assert float(array(metric.result())) == pytest.approx((1 + 3 + 2) / 3)


def test_the_default_decoder_follows_the_shape() -> None:
    head = Reconstruction("x", source={"shape": (8, 8, 1)})
    head.build((None, 5))
    assert type(head.decoders[0]) is Convolution2D
    head = Reconstruction("x", source={"shape": (2, 2, 2, 2)})
    head.build((None, 5))
    assert type(head.decoders[0]) is Dense


def test_pictures_end_in_a_sigmoid_unless_the_document_says_otherwise() -> None:
    found = []
    for kind, decoder in [
        ("image", None),
        ("image", "dense"),
        ("image", {"type": "dense", "activation": "linear"}),
        (None, None),
    ]:
        source = {"kind": kind, "shape": (2, 2, 1)}
        head = Reconstruction("x", source=source, decoder=decoder)
        head.build((None, 5))
        found.append(head.decoders[0].activation)
    assert found == ["sigmoid", "sigmoid", "linear", "linear"]


def test_a_decoder_may_be_a_word_a_document_or_a_description() -> None:
    made = [
        Reconstruction("x", decoder=decoder)
        for decoder in (Dense(), "dense", {"type": "dense", "units": 128})
    ]
    assert made[0].decoder == {"type": "dense"}
    for head in made:
        head.learn_shape((3,))
        head.build((None, 2))
        assert head.decoders[0].units == 128
        assert head.decoders[0].shape == (3,)


def decoder_model(width: int, shape: tuple[int, ...]) -> keras.Model:
    x = keras.Input((width,))
    y = keras.layers.Dense(int(np.prod(shape)))(keras.layers.Dropout(0.5)(x))
    return keras.Model(x, keras.layers.Reshape(shape)(y))


def network_of(head, **arguments):
    encoders = {"x": MLP(4, dropout=0.0), "z": MLP(5, dropout=0.0)}
    network = join(encoders, heads={"again": head}, seed=0, **arguments)
    return network.build_from({"x": ((3,), "float32"), "z": ((2,), "float32")})


def test_a_model_keeps_its_weights_and_reads_one_input(tmp_path) -> None:
    model = decoder_model(4, (3,))
    network = network_of(Reconstruction("x", decoder=model, reads="x"))
    x = {"x": np.ones((2, 3), "float32"), "z": np.ones((2, 2), "float32")}
    expected = array(model(array(network.embed(x)["x"])))
    found = network.predict_on_batch(x)["again"]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded.predict_on_batch(x)["again"], found)


def test_names_of_weights_do_not_depend_on_what_was_made_before() -> None:
    found = []
    for _ in range(2):
        head = Reconstruction("x", decoder=decoder_model(4, (3,)), reads="x")
        names = list(network_of(head).weights_by_name())
        found.append([name for name in names if name.startswith("again/")])
    assert found[0] == ["again/decoder/dense/kernel", "again/decoder/dense/bias"]
    assert found[1] == found[0]


def test_a_frozen_decoder_does_not_move_nor_drop() -> None:
    model = decoder_model(4, (3,))
    model.trainable = False
    before = [array(weight.value) for weight in model.weights]
    head = Reconstruction("x", decoder=model, reads="x")
    network = join({"x": MLP(4, dropout=0.0)}, heads={"again": head})
    network.compile("sgd")
    x = {"x": np.ones((2, 3), "float32")}
    network.train_on_batch(x, {})
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(array(weight.value), value)
    outputs = [array(network(x, training=way)["again"]) for way in (True, False)]
    np.testing.assert_array_equal(*outputs)


def test_a_model_that_gives_another_shape_is_refused() -> None:
    head = Reconstruction("x", decoder=decoder_model(4, (2, 2)), reads="x")
    with pytest.raises(DataError, match=r"must give values of shape \(3,\).*\(2, 2\)"):
        network_of(head)


def test_a_network_learns_to_make_its_input_again_without_labels() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(64, 2)).astype("float32")
    x = {"x": hidden @ np.float32([[1, 0, 1], [0, 1, -1]]), "z": hidden}
    x["x/present"] = np.arange(64) % 4 > 0
    network = network_of(Reconstruction("x", decoder=Dense(16)))
    network.compile(keras.optimizers.Adam(0.02))
    history = network.fit(x, {}, epochs=30, verbose=0).history
    assert history["loss"][-1] < 0.1 * history["loss"][0]
    # Rows without the input still have an answer, from the other one.
    made = network.predict_on_batch(x)["again"]
    assert np.isfinite(made).all()


def test_a_late_fusion_averages_what_a_decoder_for_each_input_makes() -> None:
    head = Reconstruction("x", source={"shape": (2, 2)}, decoder=Dense(3))
    head.join_members(mean_of)
    head.build((None, 3, 5))
    inputs = np.random.default_rng(0).normal(size=(4, 3, 5)).astype("float32")
    inputs = keras.ops.convert_to_tensor(inputs)
    each = [array(layer(inputs[:, i])) for i, layer in enumerate(head.decoders)]
    found = array(head(inputs, presence=np.ones((4, 3), bool)))
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-5, atol=1e-6)


def test_a_late_fusion_refuses_one_decoder_with_weights() -> None:
    head = Reconstruction("x", source={"shape": (2,)}, decoder=decoder_model(5, (2,)))
    head.join_members(mean_of)
    with pytest.raises(DataError, match="needs a decoder for each input"):
        head.build((None, 3, 5))


def test_decode_gives_values_in_their_shape() -> None:
    found = head_of(shape=(2, 2)).decode(np.ones((3, 2, 2), "float32"))
    assert found["value"].shape == (3, 2, 2)
    assert found["value"].dtype == np.float64
