from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders.tapping import Tapped
from tests.nn.encoders.models import (
    classifier,
    convolution_autoencoder,
    dense_autoencoder,
    in_code,
    nested_twice,
    residual,
    rows,
    two_inputs,
    two_outputs,
    with_skip,
)
from tests.nn.samples import array

EVERY = (
    classifier,
    convolution_autoencoder,
    dense_autoencoder,
    nested_twice,
    residual,
    with_skip,
)


@pytest.mark.parametrize("make", EVERY)
def test_the_copy_computes_the_same(make) -> None:
    model = make()
    tapped = Tapped(model)
    copy = tapped.between(tapped.inputs[0], tapped.result())
    x = rows(model)
    np.testing.assert_allclose(array(copy(x)), array(model(x)), atol=1e-6)
    mine = {id(weight) for weight in model.weights}
    assert mine.isdisjoint(id(weight) for weight in copy.weights)
    assert not any(isinstance(layer, keras.Model) for layer in copy.layers)


def test_a_layer_is_found_by_path_and_by_a_name_that_stands_once() -> None:
    tapped = Tapped(convolution_autoencoder())
    assert tapped.step("down/narrow").path == "down/narrow"
    assert tapped.step("narrow").path == "down/narrow"
    assert tapped.step("down").inner


def test_an_inner_model_gives_what_its_last_layer_gives() -> None:
    tapped = Tapped(convolution_autoencoder())
    assert tapped.step("down").outputs[0] is tapped.step("narrow").outputs[0]


def test_a_layer_inside_a_model_inside_a_model_can_be_cut_out() -> None:
    model = nested_twice()
    tapped = Tapped(model)
    cut = tapped.between(tapped.inputs[0], tapped.step("deep/same").outputs[0])
    x = rows(model)
    deep = model.get_layer("middle").get_layer("deep")
    np.testing.assert_allclose(array(cut(x)), array(deep(x)), atol=1e-6)
    assert tapped.step("middle/deep/same") is tapped.step("deep/same")


def test_a_name_that_stands_several_times_is_refused_with_its_paths() -> None:
    with pytest.raises(DataError) as error:
        Tapped(convolution_autoencoder()).step("wide")
    assert str(error.value) == (
        "the model: `wide` stands in the model 2 times. "
        "Take one of `down/wide`, `up/wide`."
    )


def test_an_unknown_name_is_refused_with_the_nearest_and_all() -> None:
    with pytest.raises(DataError) as error:
        Tapped(dense_autoencoder(), where="a.keras").step("zz")
    assert "a.keras: the model has no layer `zz`. Did you mean `zzz`?" in str(
        error.value
    )
    assert "Layers: `dense" in str(error.value)


def test_a_layer_called_twice_is_two_steps_with_one_copy() -> None:
    x = keras.Input((3,))
    shared = keras.layers.Dense(3, name="shared")
    tapped = Tapped(keras.Model(x, shared(shared(x))))
    assert [step.path for step in tapped.steps] == ["shared", "shared:2"]
    assert tapped.steps[0].layer is tapped.steps[1].layer
    with pytest.raises(DataError, match=r"`shared`, `shared:2`"):
        tapped.step("shared")
    assert tapped.step("shared:2") is tapped.steps[1]


def test_a_tensor_of_two_inputs_is_refused_with_layers_of_one() -> None:
    tapped = Tapped(two_inputs())
    with pytest.raises(DataError) as error:
        tapped.one_input(tapped.result())
    text = "`both` depends on 2 inputs (`left`, `right`); an encoder has one. "
    text += "Name a layer that sees one of them alone: "
    text += "`at='one'` (`left`) or `at='two'` (`right`)."
    assert str(error.value) == f"the model: {text}"
    assert tapped.one_input(tapped.step("two").outputs[0]) is tapped.inputs[1]


def test_several_outputs_are_refused_with_their_layers() -> None:
    with pytest.raises(DataError, match=r"2 outputs.*at='one'.*`one`, `two`"):
        Tapped(two_outputs()).result()


def test_frozen_batch_normalisation_does_not_move() -> None:
    x = 3.0 + rows(classifier(), 4)
    for mode, moves in (("frozen", False), ("learn", True)):
        tapped = Tapped(classifier(), batch_norm=mode)
        model = tapped.between(tapped.inputs[0], tapped.step("norm").outputs[0])
        before = [array(w.value) for w in model.get_layer("norm").weights]
        model(x, training=True)
        after = [array(w.value) for w in model.get_layer("norm").weights]
        same = [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
        assert all(same) != moves


def test_code_becomes_a_graph_where_it_can_be_followed() -> None:
    model = in_code()
    tapped = Tapped(model)
    paths = [step.path for step in tapped.steps]
    assert any(path.endswith("/code") for path in paths)
    x = np.random.default_rng(0).random((3, 9)).astype("float32")
    copy = tapped.between(tapped.inputs[0], tapped.result())
    np.testing.assert_allclose(array(copy(x)), array(model(x)), atol=1e-6)


def test_a_model_that_was_never_built_says_what_is_missing() -> None:
    model = keras.Sequential([keras.layers.Dense(2)], name="unbuilt")
    with pytest.raises(DataError, match=r"shape of what `unbuilt` takes.*input_shape"):
        Tapped(model)


class Forgetful(keras.layers.Layer):
    def __init__(self, size) -> None:
        super().__init__(name="forgetful")
        self.size = size

    def call(self, inputs):
        return inputs


def test_a_layer_that_cannot_be_made_again_is_refused() -> None:
    x = keras.Input((3,))
    with pytest.raises(DataError, match=r"`forgetful`: a `Forgetful` cannot be made"):
        Tapped(keras.Model(x, Forgetful(3)(x)))
