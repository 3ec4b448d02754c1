from __future__ import annotations

from typing import Any

import keras
import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import DataError
from sensorium.nn.encoders.mlp import MLP
from sensorium.nn.encoders.piecewise import Piecewise
from sensorium.recipe import build_network
from sensorium.recipe.build import check_losses, dtype_of

TABLE = {
    "a": pl.Series([1.0, 2.0, None, 4.0]),
    "c": pl.Series(["x", "y", "x", "x"]),
    "y": pl.Series(["no", "yes", "no", "maybe"]),
    "p": pl.Series([1.0, 2.0, 3.0, 4.0]),
}


def fitted(parts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: part.fit({n: TABLE[n] for n in part.names_})
        for name, part in parts.items()
    }


def built(recipe: sm.Recipe) -> sm.Network:
    return build_network(recipe, fitted(recipe.features()), fitted(recipe.targets()))


def test_sizes_come_from_the_fitted_features() -> None:
    recipe = sm.Recipe(
        "x.csv",
        {"n": {"type": "number", "columns": ["a", "p"]}, "c": "category"},
        {"y": "classification"},
        trunk={"units": 8},
    )
    network = built(recipe)
    assert isinstance(network.encoders["n"], Piecewise)
    assert network.encoders["n"].num_columns == 2
    assert network.heads["y"].num_classes == 3
    outputs = network.predict(
        {"n": np.zeros((2, 3), "float32"), "c": np.ones((2, 1), "int32")}, verbose=0
    )
    assert outputs["y"].shape == (2, 3)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "bfloat16"])
def test_the_network_has_the_recipes_precision_and_keras_keeps_its_own(
    precision: str,
) -> None:
    before = keras.config.dtype_policy()
    inputs = {"n": {"type": "number", "columns": ["a", "p"]}}
    outputs = {"y": "classification"}
    network = built(sm.Recipe("x.csv", inputs, outputs, precision=precision))
    assert network.encoders["n"].dtype_policy.name == precision
    assert keras.config.dtype_policy() == before
    types = {str(weight.dtype) for weight in network.weights_by_name().values()}
    assert types == {"float32"}, "also of bfloat16, which NumPy does not have"


def test_the_documents_encoder_fusion_and_head_are_taken() -> None:
    recipe = sm.Recipe(
        "x.csv",
        {"a": {"type": "number", "encoder": {"type": "mlp", "units": 5}}},
        {"p": {"type": "regression", "weight": 0.25}},
        fusion={"type": "concat", "units": 7},
    )
    network = built(recipe)
    assert isinstance(network.encoders["a"], MLP)
    assert network.encoders["a"].units == 5
    assert network.fusion.units == 7
    assert network.heads["p"].weight == 0.25


@pytest.mark.parametrize(
    ("feature", "dtype"),
    [(sm.Number(), "float32"), (sm.Category(), "int32"), (sm.Image(), "uint8")],
)
def test_dtypes_are_those_of_the_encoded_values(feature: Any, dtype: str) -> None:
    assert dtype_of(feature) == dtype


def test_losses_that_are_only_named_must_be_registered() -> None:
    outputs = {
        "y": {"type": "regression", "loss": {"type": "huber", "delta": 2.0}},
        "z": {"type": "regression", "loss": "nobody>knows"},
    }
    recipe = sm.Recipe("x.csv", {"x": "number"}, outputs)
    with pytest.raises(DataError, match="output `z`: no loss is registered as `nobody"):
        check_losses(recipe)
