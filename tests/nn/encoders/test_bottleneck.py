from __future__ import annotations

import keras
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders.bottleneck import bottleneck, choose, crossing, values_of
from sensorium.nn.encoders.tapping import Tapped
from tests.nn.encoders.models import (
    Sampling,
    classifier,
    convolution_autoencoder,
    dense_autoencoder,
    in_code,
    residual,
    with_skip,
)


@pytest.mark.parametrize(
    ("make", "at"),
    [
        (dense_autoencoder, "zzz"),
        (convolution_autoencoder, "down/narrow"),
        (residual, "q"),
        (with_skip, "b"),
    ],
)
def test_the_narrowest_layer_is_found_whatever_it_is_called(make, at) -> None:
    choice = choose(Tapped(make()), None)
    assert choice.at == at
    assert choice.is_code
    assert f"`{at}` is its narrowest layer" in choice.because


def test_a_model_in_python_code_has_a_bottleneck_too() -> None:
    assert choose(Tapped(in_code()), None).at.endswith("/code")


def test_of_a_variational_autoencoder_the_mean_is_taken() -> None:
    x = keras.Input((12,))
    log = keras.layers.Dense(2, name="log")(x)
    mean = keras.layers.Dense(2, name="middle", bias_initializer="ones")(x)
    z = Sampling(name="drawn")([log, mean])
    choice = choose(Tapped(keras.Model(x, keras.layers.Dense(12)(z))), None)
    assert choice.at == "middle"
    assert "It draws them at random; `middle` gives their mean." in choice.because


def test_it_says_that_connections_go_past() -> None:
    assert "other connections go past it" in bottleneck(Tapped(with_skip())).because


def test_crossing_names_both_ends() -> None:
    tapped = Tapped(with_skip())
    steps = tapped.relevant(tapped.inputs[0], tapped.result())
    code = tapped.step("b").outputs[0]
    assert crossing(steps, tapped.inputs[0], code) == [("a", "joined")]
    whole = tapped.step("a").outputs[0]
    assert crossing(steps, tapped.inputs[0], whole) == []


def test_without_a_narrow_layer_the_user_is_asked() -> None:
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, name="w"), keras.layers.Dense(3)]
    )
    with pytest.raises(DataError, match=r"no layer between is narrower.*at='output'"):
        choose(Tapped(model), None)
    assert choose(Tapped(model), "output").tensor.shape == (None, 3)


def test_of_a_classifier_what_feeds_the_last_layer_is_taken() -> None:
    choice = choose(Tapped(classifier()), None)
    assert choice.at == "dropout" or choice.at.startswith("dropout_")
    assert "probabilities of classes (`classes`)" in choice.because
    assert choice.tensor.shape == (None, 4)


@pytest.mark.parametrize("end", ["softmax", "sigmoid"])
def test_an_activation_of_its_own_counts_as_well(end) -> None:
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(5, name="feature"),
            keras.layers.Dense(2),
            keras.layers.Activation(end),
        ]
    )
    assert choose(Tapped(model), None).at == "feature"


def test_logits_are_known_by_the_loss_that_taught_them() -> None:
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(5, name="feature"),
            keras.layers.Dense(2, name="last"),
        ]
    )
    assert choose(Tapped(model), None, classifies=True).at == "feature"
    assert choose(Tapped(model), None).at == "last"


def test_ids_are_no_measurements() -> None:
    x = keras.Input((4,), dtype="int32")
    y = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(9, 4)(x))
    assert not choose(Tapped(keras.Model(x, y)), None).is_code


def test_a_layer_of_several_outputs_is_refused() -> None:
    x = keras.Input((4, 3))
    outputs = keras.layers.LSTM(2, return_state=True, name="lstm")(x)
    with pytest.raises(DataError, match="`lstm` has 3 outputs"):
        choose(Tapped(keras.Model(x, outputs[0])), "lstm")


def test_an_unknown_length_counts_as_long() -> None:
    assert values_of(keras.Input((None, 3))) == 3000
