"""Outputs with losses of the user's own, from the recipe to the predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import sensorium as sm
from sensorium.errors import DataError, RecipeError
from sensorium.run.saved import ARTIFACT
from tests.pipeline.made import frame, recipe_of


@keras.saving.register_keras_serializable("losses")
def upper(y_true: Any, y_pred: Any) -> Any:
    """Too little is ten times as bad as too much."""
    missing = y_true - y_pred
    return keras.ops.maximum(10.0 * missing, -missing)


def priced(loss: Any, **changes: Any) -> sm.Recipe:
    outputs = {"price": sm.heads.Regression(loss=loss)}
    stage = {"epochs": 10, "batch_size": 16, "learning_rate": 0.05}
    return recipe_of(outputs=outputs, stages=[stage], **changes)


def test_a_loss_of_the_users_trains_and_is_not_needed_for_predicting(
    tmp_path: Path,
) -> None:
    run = sm.fit(priced(upper), tmp_path / "run", cache=False)
    rows = frame()
    guess = run.predict(rows)["price"].to_numpy()
    assert np.mean(guess > rows["price"].to_numpy()) > 0.7
    registry = keras.saving.get_custom_objects()
    held = registry.pop("losses>upper")
    try:
        again = sm.load(tmp_path / "run")
        assert "loss" not in again.recipe.outputs["price"]
        np.testing.assert_array_equal(again.predict(rows)["price"].to_numpy(), guess)
        with pytest.raises(DataError, match="no loss is registered as `losses>upper`"):
            sm.fit(priced("losses>upper"), tmp_path / "other", cache=False)
    finally:
        registry["losses>upper"] = held
    assert not (tmp_path / "other" / ARTIFACT).exists()


def test_what_goes_with_a_loss_is_left_out_of_the_artifact(tmp_path: Path) -> None:
    head = sm.heads.Classification(loss="focal", gamma=1.0, label_smoothing=0.1)
    run = sm.fit(recipe_of(outputs={"y": head}), tmp_path / "run", cache=False)
    again = sm.load(tmp_path / "run")
    assert again.recipe.outputs["y"] == {"type": "classification"}
    assert again.predict(frame(3)).equals(run.predict(frame(3)))


def test_a_loss_without_a_name_is_refused_before_any_work() -> None:
    with pytest.raises(RecipeError, match=r"outputs\.price\.loss: .* Register"):
        priced(lambda y_true, y_pred: keras.ops.abs(y_true - y_pred))
