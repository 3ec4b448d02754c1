from __future__ import annotations

import warnings

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders.needs import Needs, ValuesWarning, needs_of

layers = keras.layers


def model(*first) -> keras.Model:
    return keras.Sequential([keras.Input((4,)), *first, layers.Dense(2)])._functional


@pytest.mark.parametrize(
    ("layer", "ends"),
    [
        (layers.Rescaling(1 / 255), (0, 255)),
        (layers.Rescaling(1 / 127.5, offset=-1), (0, 255)),
        (layers.Rescaling(2.0, offset=-1.0), (0, 1)),
    ],
)
def test_a_scaling_tells_the_range(layer, ends) -> None:
    needs = needs_of(model(layer))
    assert (needs.low, needs.high) == pytest.approx(ends, abs=1e-6)


def test_a_normalisation_tells_the_moments() -> None:
    norm = layers.Normalization(mean=[1.0, 1.0, 3.0, 3.0], variance=[4.0] * 4)
    needs = needs_of(model(norm))
    assert needs.mean == pytest.approx(2.0)
    assert needs.deviation == pytest.approx(5**0.5)
    assert str(needs) == "(4) float32, about 2 ± 2.24"


def test_without_either_only_the_shape_is_known() -> None:
    assert needs_of(model()) == Needs((4,), "float32")


def test_another_shape_is_refused_with_both() -> None:
    needs = Needs((32, 32, 3), "uint8")
    needs.check_shape((None, 32, 32, 3), "here")
    with pytest.raises(DataError) as error:
        needs.check_shape((None, 64, 64, 3), "encoder `photo`")
    assert str(error.value) == (
        "encoder `photo`: takes rows of shape (32, 32, 3), but its input has "
        "(64, 64, 3). Give the images its size: `size: [32, 32]`, `channels: 3`."
    )
    Needs((None, None, 3), "uint8").check_shape((None, 64, 64, 3), "here")
    with pytest.raises(DataError, match=r"shape \(4,\), but its input has \(2, 2\)"):
        Needs((4,), "float32").check_shape((None, 2, 2), "here")


X = np.random.default_rng(0).random((20, 4))


@pytest.mark.parametrize(
    ("needs", "values", "words"),
    [
        (Needs((4,), "f", 0, 255), X, "from .* but takes 0 to 255"),
        (Needs((4,), "f", 0, 1), X * 255, "but takes 0 to 1"),
        (Needs((4,), "f", None, None, 0.5, 0.3), X * 255, "was taught with 0.5 ± 0.3"),
        (Needs((4,), "f", None, None, 100, 30), X, "was taught with 100 ± 30"),
    ],
)
def test_values_far_away_are_warned_of(needs, values, words) -> None:
    with pytest.warns(ValuesWarning, match=words):
        needs.warn(values, "encoder `photo`")


def test_values_like_those_it_was_taught_with_are_not() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Needs((4,), "f", 0, 255).warn(X * 255, "here")
        Needs((4,), "f", None, None, 0.5, 0.3).warn(X, "here")
        Needs((4,), "f", 0, 255).warn(X[:0], "here")
