from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.network import join
from sensorium.nn.fusion import Own
from sensorium.nn.heads import Regression
from tests.nn.fusion.by_hand import HERE, built, close, fused, inputs, weight
from tests.nn.samples import FUSION_ROLE, array

SAME = ((4,), (4,), (4,))


@keras.saving.register_keras_serializable("tests")
def smallest(values: Any, presence: Any) -> Any:
    """Reads zeros where an input is absent."""
    return keras.ops.min(keras.ops.stack(values, axis=1), axis=1)


@keras.saving.register_keras_serializable("tests")
class Joining(keras.layers.Layer):
    """A layer with weights."""

    def build(self, values_shape: Any, presence_shape: Any = None) -> None:
        self.kernel = self.add_weight(shape=(4, 2), initializer="ones", name="kernel")

    def call(self, values: Any, presence: Any) -> Any:
        return sum(values) @ keras.ops.convert_to_tensor(self.kernel)


def test_a_function_gets_zeros_for_what_is_absent() -> None:
    fusion = built(Own(smallest), SAME)
    values = inputs(SAME)
    expected = np.min([v * h[:, None] for v, h in zip(values, HERE.T, strict=True)], 0)
    expected[3] = weight(fusion.nothing)
    close(fused(fusion, values), expected)
    assert fusion.compute_output_shape([(7, 4)] * 3) == (7, 4)


def test_a_registered_name_stands_for_the_function() -> None:
    values = inputs(SAME)
    document = {"type": "own", "function": "tests>smallest"}
    fusion = FUSION_ROLE.build(document)
    built(fusion, SAME).nothing.assign(np.zeros(4))
    other = built(Own(smallest), SAME)
    other.nothing.assign(np.zeros(4))
    close(fused(fusion, values), fused(other, values))
    assert FUSION_ROLE.document(fusion) == document


def test_the_weights_of_a_layer_learn_and_are_saved(tmp_path) -> None:
    fusion = built(Own(Joining()), SAME)
    assert len(fusion.trainable_variables) == 2
    tensors = [keras.Input((4,)) for _ in SAME]
    presence = keras.Input((3,), dtype="bool")
    model = keras.Model([*tensors, presence], fusion(tensors, presence))
    model.save(tmp_path / "own.keras")
    again = keras.saving.load_model(tmp_path / "own.keras")
    given = [*inputs(SAME), HERE]
    close(array(again(given)), array(model(given)))


def network(fusion: Own) -> Any:
    encoders = {name: keras.layers.Identity() for name in "abc"}
    made = join(encoders, fusion, {"y": Regression()}, seed=0)
    made.build(dict.fromkeys("abc", (None, 4)))
    return made


def test_a_layer_that_has_weights_keeps_them_in_a_network() -> None:
    layer = Joining()
    layer([keras.ops.ones((1, 4))] * 3, keras.ops.ones((1, 3), "bool"))
    layer.kernel.assign(np.full((4, 2), 7.0))
    found = network(Own(layer)).weights_by_name()
    assert found["fusion/function/kernel"].tolist() == [[7.0, 7.0]] * 4


def test_names_of_weights_are_the_same_however_often_a_layer_was_made() -> None:
    names = [list(network(Own(Joining())).weights_by_name()) for _ in range(2)]
    assert names[0] == names[1]
    assert names[0][:2] == ["fusion/nothing", "fusion/function/kernel"]


def test_a_registered_layer_class_is_made() -> None:
    fusion = built(Own("tests>Joining"), SAME)
    assert isinstance(fusion.joins, Joining)


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda values, presence: keras.ops.stack(values, axis=1), r"\(2, 3, 4\)"),
        (lambda values, presence: keras.ops.sum(values[0]), r"array|tensor|Tensor|0"),
        (lambda values, presence: values[0][:1], r"\(1, 4\)"),
    ],
)
def test_an_answer_of_another_shape_is_refused_with_both_shapes(
    function, shape
) -> None:
    text = rf"\(2, width\), for inputs \[\(2, 4\), .*Received: .*({shape})"
    with pytest.raises(DataError, match=text):
        built(Own(function), SAME)


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"OwnFusion\.function: expected a function"):
        Own(3)


def test_a_name_under_which_nothing_is_registered_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"Put `@keras\.saving\.register"):
        Own("tests>nobody")
