from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

import sensorium as sm
from sensorium.errors import RecipeError
from sensorium.recipe.plain import plain


@keras.saving.register_keras_serializable("mine")
class OwnLayer(keras.layers.Layer):
    """A layer of a user."""

    def __init__(self, units: int = 2, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.units = units

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "units": self.units}


def test_plain_data_stays() -> None:
    data = {"a": [1, 2.5, "x", None, True], "b": {"c": 1}}
    assert plain(data, "") == data


def test_numbers_of_numpy_and_paths_become_plain() -> None:
    found = plain([np.int64(3), np.float32(0.5), np.bool_(True), Path("a/b")], "")
    assert found == [3, 0.5, True, "a/b"]
    assert [type(item) for item in found] == [int, float, bool, str]


def test_components_become_documents_without_defaults() -> None:
    text = sm.Text(encoder=sm.encoders.Bag(units=8))
    assert plain(text, "inputs.x") == {
        "type": "text",
        "encoder": {"type": "bag", "units": 8},
    }
    assert plain(sm.Stage(3), "stages.0") == {"type": "train", "epochs": 3}


def test_objects_of_keras_become_their_configuration() -> None:
    document = plain(keras.optimizers.SGD(0.5), "stages.0.optimizer")
    assert document["type"].endswith("SGD")
    assert document["learning_rate"] == 0.5


def test_a_layer_of_the_users_own_is_named_as_registered() -> None:
    assert plain(OwnLayer(5), "x") == {"type": "mine>OwnLayer", "units": 5}


@pytest.mark.parametrize("value", [print, object(), keras.layers.Dense])
def test_what_has_no_document_is_refused_by_its_place(value: object) -> None:
    with pytest.raises(RecipeError, match=r"inputs\.x\.0: expected a component"):
        plain({"x": [value]}, "inputs")


@keras.saving.register_keras_serializable("mine")
def own_loss(y_true, y_pred):
    return keras.ops.abs(y_true - y_pred)


def test_a_function_that_is_registered_is_its_name() -> None:
    head = sm.heads.Regression(loss=own_loss)
    document = {"type": "regression", "loss": "mine>own_loss"}
    assert plain(head, "outputs.y") == document
    lost = sm.heads.Regression(loss=lambda t, p: keras.ops.abs(t - p))
    with pytest.raises(RecipeError, match=r"outputs\.y\.loss: .* Register your own"):
        plain(lost, "outputs.y")
