"""The fitted state of all features of a recipe goes into documents and arrays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from sensorium.features import Columns, Number
from sensorium.run.state import restore_parts, state_arrays, state_documents, state_key
from tests.run.small_run import fitted, frame, recipe_of

RECIPE = recipe_of()
COLUMNS: Columns = frame().to_dict(as_series=True)
PARTS = fitted(RECIPE.features(), COLUMNS), fitted(RECIPE.targets(), COLUMNS)


def test_documents_are_json_by_the_place_of_their_part() -> None:
    documents = state_documents(*PARTS)
    assert list(documents) == [
        "input/size",
        "input/colour",
        "output/sold",
        "output/grade",
        "output/price",
        "output/marks",
    ]
    assert json.loads(json.dumps(documents)) == documents


def test_arrays_stand_below_the_place_of_their_part() -> None:
    arrays = state_arrays(*PARTS)
    assert {name.partition("//")[0] for name in arrays} == set(state_documents(*PARTS))
    assert all(isinstance(array, np.ndarray) for array in arrays.values())


def test_restored_parts_encode_and_decode_the_same() -> None:
    documents = json.loads(json.dumps(state_documents(*PARTS)))
    features, targets = restore_parts(
        RECIPE.features(), RECIPE.targets(), documents, state_arrays(*PARTS)
    )
    assert (list(features), list(targets)) == (list(PARTS[0]), list(PARTS[1]))
    for name, feature in features.items():
        one, two = feature.encode(COLUMNS), PARTS[0][name].encode(COLUMNS)
        np.testing.assert_array_equal(one.values, two.values)
        np.testing.assert_array_equal(one.present, two.present)
    for name, target in targets.items():
        one, two = target.encode_target(COLUMNS), PARTS[1][name].encode_target(COLUMNS)
        np.testing.assert_array_equal(one.values, two.values)
        values = np.nan_to_num(one.values)
        assert target.decode(values).equals(PARTS[1][name].decode(values))


def test_parts_of_one_name_do_not_take_each_others_state() -> None:
    """`size` is the beginning of `size2`, and an input and an output share columns."""
    size = {"type": "number", "scale": "none", "encoder": "mlp"}
    recipe = recipe_of(
        inputs={
            "size": {**size, "columns": "width"},
            "size2": {**size, "columns": "price"},
        },
        outputs={"price": "regression"},
    )
    parts = fitted(recipe.features(), COLUMNS), fitted(recipe.targets(), COLUMNS)
    restored, _ = restore_parts(
        recipe.features(),
        recipe.targets(),
        state_documents(*parts),
        state_arrays(*parts),
    )
    for name in ("size", "size2"):
        fills = [
            part.state().arrays["fills"] for part in (restored[name], parts[0][name])
        ]
        np.testing.assert_array_equal(*fills)
    assert restored["size"].names_ == ("width",)


@pytest.mark.parametrize("name", ["input/colour", "output/price"])
def test_a_missing_state_is_said_by_its_place(name) -> None:
    documents = state_documents(*PARTS)
    del documents[name]
    with pytest.raises(KeyError, match=name):
        restore_parts(
            RECIPE.features(), RECIPE.targets(), documents, state_arrays(*PARTS)
        )


def test_a_key_follows_from_state_and_settings_but_not_from_the_encoder() -> None:
    def key(last: float = 3.0, **settings: Any) -> str:
        return state_key(
            Number(**settings).named("x").fit({"x": pl.Series([1.0, last])})
        )

    assert key() == key() == key(encoder="mlp")
    assert len({key(), key(4.0), key(scale="none"), key(columns="x")}) == 4
