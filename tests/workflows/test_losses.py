"""Outputs with losses of the user's own, from the recipe to the predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import DataError, RecipeError
from sensorium.run.saved import ARTIFACT
from tests.pipeline.made import frame, prepared, recipe_of, stager_of
from tests.training.made import inputs_of, rows, small_network


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


def spoilt() -> pl.DataFrame:
    """Rows of which a half is labelled wrongly and weighs nothing."""
    rows = frame(160)
    bad = np.arange(160) % 2 == 0
    wrong = pl.when(pl.col("y") == "yes").then(pl.lit("no")).otherwise(pl.lit("yes"))
    return rows.with_columns(
        y=pl.when(pl.Series(bad)).then(wrong).otherwise("y"),
        w=pl.Series(np.where(bad, 0.0, 2.0)),
    )


WEIGHED = {"y": {"type": "classification", "sample_weight": "w"}}
STAGE = {"epochs": 12, "batch_size": 16, "learning_rate": 0.02}


def test_rows_of_weight_zero_teach_nothing_and_are_not_validated(
    tmp_path: Path,
) -> None:
    recipe = recipe_of(spoilt(), outputs=WEIGHED, stages=[STAGE])
    run = sm.fit(recipe, tmp_path / "run", cache=False)
    history = pl.read_csv(tmp_path / "run" / "history.csv")
    rows = frame(80, seed=9)
    right = np.mean(run.predict(rows)["y"].to_numpy() == rows["y"].to_numpy())
    assert right > 0.85
    # Half of the validation rows are labelled wrongly and do not count.
    told = {"val_accuracy", "val_y_accuracy"} & set(history.columns)
    assert history[told.pop()].to_list()[-1] > 0.85


@pytest.mark.parametrize(
    "stage",
    [
        {},
        {"augment": {"x": {"noise": 0.1}}},
        {"type": "pretrain", "inputs": ["x", "z"]},
        {"table": ["data", "more"]},
        {"type": "pretrain", "inputs": ["x"], "heads": {"own": WEIGHED["y"]}},
    ],
)
def test_every_kind_of_batch_keeps_the_weights(stage: dict[str, Any]) -> None:
    if "heads" in stage:
        stage = {**stage, "heads": {"own": {**WEIGHED["y"], "column": "y"}}}
    recipe = recipe_of(
        spoilt(),
        outputs=WEIGHED,
        stages=[stage, STAGE],
        tables={"more": spoilt().drop("x")},
    )
    rows = prepared(recipe)
    staged = stager_of(recipe, rows).staged(recipe.steps()[0])
    _, labels, weights = staged.training[0]
    assert set(weights) == set(labels)
    for name, array in weights.items():
        assert set(array[labels[name] >= 0].tolist()) == {0.0, 2.0}
    assert len(staged.validation[0]) == 3


# --- what goes wrong by hand (seed 004) ---


def test_label_keys_that_match_no_output_are_refused_with_the_outputs() -> None:
    network = small_network()
    network.compile("sgd")
    arrays = rows(16)
    labels = {"sould": arrays["label//sold"], "price": arrays["label//price"]}
    text = r"labels: there is no output `sould`. Did you mean `sold`\?"
    with pytest.raises(DataError, match=text):
        network.fit(inputs_of(arrays), labels, batch_size=16, verbose=0)


def test_an_output_whose_column_does_not_exist_is_refused_with_a_hint() -> None:
    with pytest.raises(RecipeError, match=r"outputs\.pric: .* Did you mean `price`"):
        prepared(recipe_of(outputs={"pric": "regression"}))


def losses_of(unit: float, folder: Path, **head: Any) -> list[float]:
    """The loss of `price` after each epoch, where it is told in another unit."""
    # Named parts: otherwise a row's side follows from its content.
    part = pl.Series(["train", "train", "valid"] * 16)
    data = frame().with_columns(pl.col("price") * unit, part=part)
    outputs = {"y": "classification", "price": {"type": "regression", **head}}
    recipe = recipe_of(
        data,
        outputs=outputs,
        split={"column": "part"},
        stages=[{"epochs": 3, "batch_size": 16}],
    )
    sm.fit(recipe, folder, cache=False)
    return pl.read_csv(folder / "history.csv")["price_loss"].to_list()


def test_the_unit_of_a_number_does_not_change_its_loss(tmp_path: Path) -> None:
    small = losses_of(1.0, tmp_path / "a")
    large = losses_of(1e6, tmp_path / "b")
    np.testing.assert_allclose(large, small, rtol=1e-2)
    assert max(large) < 10, "beside a cross-entropy of about 1"
    wrong = losses_of(1e3, tmp_path / "c", scale=False)
    assert min(wrong) > 1e6, "what it would be without"
