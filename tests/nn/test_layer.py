from __future__ import annotations

import keras
import pytest

from sensorium.errors import RecipeError
from sensorium.nn.encoders import MLP, Embedding


def test_equal_arguments_are_equal_but_each_is_itself_in_a_set() -> None:
    one, two = MLP(8), MLP(8)
    assert one == two
    assert one != MLP(9)
    assert len({one, two}) == 2


def test_lists_and_tuples_are_equal() -> None:
    assert Embedding(num_categories=[3, 4]) == Embedding(num_categories=(3, 4))


def test_keras_arguments_pass() -> None:
    layer = MLP(8, name="photo", dtype="bfloat16", trainable=False)
    assert (layer.name, layer.compute_dtype, layer.trainable) == (
        "photo",
        "bfloat16",
        False,
    )
    again = MLP.from_config(layer.get_config())
    assert (again.name, again.compute_dtype, again.trainable) == (
        "photo",
        "bfloat16",
        False,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unit": 3}, "`MLP` has no argument `unit`. Did you mean `units`"),
        ({"units": 0}, "MLP.units: expected a number greater than 0"),
        ({"dropout": 1.0}, "MLP.dropout: expected a number less than 1"),
        ({"input_shape": (3,)}, "no argument `input_shape`"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message) -> None:
    with pytest.raises(RecipeError, match=message):
        MLP(**arguments)


def test_filled_leaves_the_original_alone() -> None:
    bare = Embedding(8)
    filled = bare.filled({"num_categories": [3], "vocabulary_size": 9})
    assert filled.num_categories == (3,)
    assert bare.num_categories is None


def test_own_weights_keep_their_precision() -> None:
    layer = Embedding(8, num_categories=[3], dtype="mixed_bfloat16")
    layer.build((None, 1))
    assert layer.table.dtype == "float32"
    with keras.src.backend.AutocastScope("bfloat16"):
        assert keras.backend.standardize_dtype(layer.table.value.dtype) == "float32"
