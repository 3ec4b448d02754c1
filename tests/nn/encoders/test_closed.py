from __future__ import annotations

import keras
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders.closed import check_closed, strangers
from sensorium.nn.frozen_norm import FrozenBatchNormalization
from tests.nn.encoders.models import classifier, residual

serialize = keras.saving.serialize_keras_object


@keras.saving.register_keras_serializable("mine")
class Mine(keras.layers.Layer):
    def call(self, inputs):
        return inputs


@keras.saving.register_keras_serializable("sensorium")
class Spoofed(keras.layers.Layer):
    def call(self, inputs):
        return inputs


def around(layer) -> dict:
    return serialize(keras.Sequential([keras.Input((3,)), layer]))


@pytest.mark.parametrize("make", [classifier, residual])
def test_keras_own_classes_and_operations_pass(make) -> None:
    check_closed(serialize(make()), "here")


def test_settings_of_layers_pass() -> None:
    layer = keras.layers.Dense(
        2,
        activation="relu",
        kernel_initializer=keras.initializers.HeNormal(seed=1),
        kernel_regularizer=keras.regularizers.L2(0.1),
        kernel_constraint=keras.constraints.MaxNorm(1),
        dtype="mixed_bfloat16",
    )
    check_closed(around(keras.layers.SpectralNormalization(layer)), "here")
    check_closed(around(FrozenBatchNormalization()), "here")


@pytest.mark.parametrize(
    ("layer", "word"),
    [
        (Mine(), "Mine"),
        (Spoofed(), "Spoofed"),
        (keras.layers.Lambda(lambda x: x), "Lambda"),
    ],
)
def test_code_and_classes_of_the_user_are_refused(layer, word) -> None:
    with pytest.raises(DataError, match=f"an artifact cannot hold: `{word}`"):
        check_closed(around(layer), "here")


def test_what_the_user_registered_may_pass_where_it_is_asked() -> None:
    assert strangers(around(Mine()), own=True) == []
    assert "`Lambda`" in strangers(around(keras.layers.Lambda(len)), own=True)


@pytest.mark.parametrize(
    "part",
    [
        {"module": "os", "class_name": "system", "registered_name": None},
        {"module": "keras.src.utils.file_utils", "class_name": "get_file"},
        {"module": "keras.utils", "class_name": "get_file"},
        {"module": "builtins", "class_name": "function", "config": "eval"},
        {"module": "keras.layers", "class_name": "Nothing"},
        {"module": None, "class_name": "Dense", "registered_name": "sensorium>No"},
        {"class_name": ["Dense"]},
    ],
)
def test_other_names_are_refused(part) -> None:
    assert strangers({"config": [{"layer": part}]}) != []
