from __future__ import annotations

from typing import Any

import keras
import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import TrainingError
from sensorium.pipeline.learning import train_prepared
from sensorium.pipeline.prepare import Prepared, prepare
from sensorium.pipeline.storage import MemoryCollector

ROWS = 64
FRAME = pl.DataFrame(
    {
        "x": np.arange(ROWS) / ROWS,
        "price": np.arange(ROWS) * 10.0 + 500,
        "rare": ["often"] * 48 + ["rare"] * 16,
    }
)


def recipe_of(**changes: Any) -> sm.Recipe:
    inputs = {"x": {"type": "number", "encoder": {"type": "mlp", "units": 4}}}
    outputs = {
        "price": "regression",
        "rare": {"type": "classification", "class_weight": "balanced"},
    }
    document = {"inputs": inputs, "outputs": outputs, "stages": [{"epochs": 1}]}
    return sm.Recipe(FRAME, **{**document, "split": {"test": 0.25}, **changes})


@pytest.fixture(scope="module")
def rows() -> Prepared:
    return prepare(recipe_of(), MemoryCollector())


def test_scales_and_class_weights_come_from_the_training_rows(rows: Prepared) -> None:
    heads = train_prepared(recipe_of(), rows).network.heads
    prices = rows.parts["train"]["label//price"]
    assert float(heads["price"].target_mean.numpy()) == pytest.approx(
        prices.mean(), rel=1e-5
    )
    weights = keras.ops.convert_to_numpy(heads["rare"].class_weights)
    counts = np.bincount(rows.parts["train"]["label//rare"])
    np.testing.assert_allclose(weights, counts.sum() / (2 * counts), rtol=1e-5)


def test_stages_follow_each_other(rows: Prepared) -> None:
    stages = [{"epochs": 1, "name": "first"}, {"epochs": 2, "name": "second"}]
    events: list[Any] = []
    trained = train_prepared(
        recipe_of(stages=stages),
        rows,
        report=lambda event, values: events.append((event, values.get("name"))),
    )
    told = [name for event, name in events if event == "stage"]
    assert told == ["first", "second"]
    history = trained.metadata["history"]
    assert [len(stage["epochs"]) for stage in history] == [1, 2]


def test_stopping_before_the_first_epoch_saves_nothing(rows: Prepared) -> None:
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(TrainingError, match="stopped before the first epoch ended"):
        train_prepared(recipe_of(), rows, [Stop()])
