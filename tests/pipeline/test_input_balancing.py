"""Unimodal heads in a run: who gets them, what is said, and that none stays."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.pipeline.input_balancing import Balancing
from tests.pipeline.made import (
    INPUTS,
    QUICK,
    frame,
    prepared,
    recipe_of,
    stager_of,
    trained,
)

COPIES = {"y_from_x", "y_from_z", "price_from_x", "price_from_z"}


@pytest.fixture(scope="module")
def rows():
    return prepared(recipe_of())


def staged(rows, stage, **changes):
    recipe = recipe_of(stages=[{**QUICK, **stage}, QUICK], **changes)
    rows = prepared(recipe) if rows is None else rows
    return stager_of(recipe, rows).staged(recipe.steps()[0])


def copies(found):
    return {n for n, head in found.model.heads.items() if head.labels_of}


def test_by_default_every_input_that_begins_has_heads_and_is_hidden(rows) -> None:
    found = staged(rows, {})
    assert copies(found) == COPIES
    assert set(found.model._rates.values()) == {0.05}
    [note] = found.notes
    assert note == (
        "Inputs are balanced (`input_balance: auto`): `x`, `z` learn by heads of their "
        "own, too, thrown away afterwards, and inputs are hidden in 5% of rows."
    )


def test_the_recipes_own_modality_dropout_comes_first(rows) -> None:
    found = staged(rows, {}, modality_dropout={"x": 0.4})
    assert found.model._rates == {"x": 0.4, "z": 0.0}
    assert found.notes[0].endswith("; `modality_dropout` is the recipe's.")


def test_none_has_neither_and_says_nothing(rows) -> None:
    found = staged(rows, {"input_balance": "none"})
    assert copies(found) == set()
    assert set(found.model._rates.values()) == {0.0}
    assert list(found.notes) == []


def test_settings_reach_the_heads(rows) -> None:
    given = {"type": "uniform", "weight": 0.5, "dropout": 0.25}
    found = staged(rows, {"input_balance": given})
    assert copies(found) == COPIES
    assert {found.model.heads[name].passes for name in COPIES} == {0.5}
    assert set(found.model._rates.values()) == {0.25}


def test_it_is_off_where_one_encoder_learns_and_says_so(rows) -> None:
    found = staged(rows, {"freeze": ["x"]})
    assert copies(found) == set()
    [note] = found.notes
    assert note == (
        "Inputs are not balanced (`input_balance: auto`): fewer than two encoders "
        "begin to learn in it."
    )


def test_a_method_that_is_named_works_for_the_inputs_that_learn(rows) -> None:
    found = staged(rows, {"freeze": ["x"], "input_balance": "uniform"})
    assert copies(found) == {"y_from_z", "price_from_z"}


def test_outputs_that_are_not_trained_or_read_one_input_have_no_copies(rows) -> None:
    outputs = {
        "y": {"type": "classification"},
        "price": {"type": "regression", "reads": "x"},
    }
    assert copies(staged(rows, {}, outputs=outputs)) == {"y_from_x", "y_from_z"}
    found = staged(rows, {"outputs": ["price"]})
    assert copies(found) == {"price_from_x", "price_from_z"}


def test_one_input_has_nothing_to_balance(rows) -> None:
    found = staged(None, {}, inputs={"x": INPUTS["x"]})
    assert copies(found) == set()
    assert list(found.notes) == []


def test_copies_learn_by_the_scale_of_their_output(rows) -> None:
    outputs = {"price": {"type": "regression", "scale": True}}
    model = staged(rows, {}, outputs=outputs).model
    wanted = model.heads["price"].get_weights()
    found = model.heads["price_from_x"].get_weights()
    assert [w for w in wanted if w.shape == ()] == [w for w in found if w.shape == ()]
    assert any(float(w) > 50 for w in wanted if w.shape == ())  # the mean of prices


def test_nothing_of_the_heads_stays_in_the_network(rows) -> None:
    told = []
    recipe = recipe_of(stages=[QUICK])
    made = trained(recipe, rows, report=lambda *said: told.append(said))
    assert set(made.network.heads) == {"y", "price"}
    assert not any("_from_" in name for name in made.network.weights_by_name())
    [history] = made.metadata["history"]
    assert "val_y_from_x_accuracy" in history["epochs"][0]
    [values] = [values for event, values in told if event == "stage"]
    assert "Inputs are balanced" in values["notes"][0]


def test_a_run_names_the_input_that_dominates() -> None:
    table = frame(400)
    table = table.with_columns(y=np.where(table["x"] > 0, "yes", "no"))
    recipe = recipe_of(
        table,
        outputs={"y": {"type": "classification"}},
        stages=[{"epochs": 20, "batch_size": 32, "learning_rate": 0.05}],
        split={"valid": 0.5},
    )
    [history] = trained(recipe).metadata["history"]
    texts = " ".join(history["warnings"])
    assert "`y`: `x` dominates" in texts
    assert "`y`: `z` has learned nothing by itself" in texts


def test_nothing_is_balanced_by_default() -> None:
    assert Balancing().heads == {}
