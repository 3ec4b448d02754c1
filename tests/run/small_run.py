"""A run with an output of every kind, made without training."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import polars as pl

import sensorium as sm
from sensorium.features import Columns, Feature, Reading
from sensorium.recipe import build_network
from sensorium.run import Trained
from sensorium.run.encoding import encode_rows
from sensorium.run.saved import versions

ROWS = 24
# Not in the order of the alphabet: that order may not replace the user's.
INPUTS: dict[str, Any] = {
    "size": {"type": "number", "columns": ["width", "height"], "encoder": "mlp"},
    "colour": "category",
}
OUTPUTS: dict[str, Any] = {
    "sold": {"type": "classification"},
    "grade": {"type": "classification"},
    "price": {"type": "regression", "loss": "huber"},
    "marks": {"type": "flags"},
}


def frame(rows: int = ROWS) -> pl.DataFrame:
    """Raw rows; some lack a height, some a colour."""
    row = np.arange(rows)
    draw = np.random.default_rng(rows)
    return pl.DataFrame(
        {
            "width": draw.normal(size=rows),
            "height": [None if r % 5 == 4 else r / 10 for r in row],
            "colour": [("red", "blue", None)[r % 3] for r in row],
            "sold": [("no", "yes")[r % 2] for r in row],
            "grade": [("bad", "fine", "good")[r % 3] for r in row],
            "price": row * 10.0,
            "marks": [(["a"], ["a", "b"], [])[r % 3] for r in row],
        }
    )


def recipe_of(**changes: Any) -> sm.Recipe:
    return sm.Recipe(**{"data": None, "inputs": INPUTS, "outputs": OUTPUTS, **changes})


def fitted(parts: dict[str, Feature], columns: Columns) -> dict[str, Feature]:
    return {name: part.fit(columns) for name, part in parts.items()}


def untrained(**changes: Any) -> Trained:
    """What a run keeps of a training that changed nothing."""
    recipe = recipe_of(**changes)
    columns: Columns = frame().to_dict(as_series=True)
    features = fitted(recipe.features(), columns)
    targets = fitted(recipe.targets(), columns)
    keras.utils.set_random_seed(recipe.seed)
    network = build_network(recipe, features, targets)
    golden = encode_rows(features, columns, Reading()).arrays
    metadata = {"versions": versions(), "history": []}
    return Trained(recipe, features, targets, network, metadata, golden)
