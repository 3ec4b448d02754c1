"""Which inputs a stage balances, by the recipe alone."""

from __future__ import annotations

import pytest

import sensorium as sm
from sensorium.errors import RecipeError
from sensorium.recipe.input_balancing import balance_problems, beginners, why_not


def recipe(*stages, **changes):
    given = {"fusion": "concat", **changes}
    inputs = {"photo": "vector", "sound": "vector", "facts": "number"}
    outputs = {"sold": "classification", "price": "regression"}
    return sm.Recipe("x.csv", inputs, outputs, stages=stages, **given)


def reasons(made):
    return [why_not(made, step) for step in made.steps()]


def test_by_default_all_encoders_begin_to_learn_and_are_balanced() -> None:
    made = recipe()
    [step] = made.steps()
    assert beginners(made, step) == ("photo", "sound", "facts")
    assert why_not(made, step) == ""


def test_what_an_earlier_stage_taught_begins_no_more() -> None:
    made = recipe({"type": "pretrain", "inputs": ["photo"]}, {}, {"type": "finetune"})
    found = [beginners(made, step) for step in made.steps()]
    assert found == [("photo",), ("sound", "facts"), ()]
    few = "fewer than two encoders begin to learn in it"
    assert reasons(made) == [few, "", few]


def test_frozen_encoders_do_not_begin() -> None:
    made = recipe({"freeze": ["photo", "sound"]}, {"freeze": ["facts"]})
    assert beginners(made, made.steps()[0]) == ("facts",)


def test_encoders_with_weights_of_their_own_do_not_begin() -> None:
    saved = {"type": "saved", "path": "photo.keras"}
    made = sm.Recipe(
        "x.csv",
        {"photo": {"type": "vector", "encoder": saved}, "facts": "number"},
        {"sold": "classification"},
        stages=[{}],
    )
    assert beginners(made, made.steps()[0]) == ("facts",)


def test_late_fusion_and_balanced_losses_are_left_alone() -> None:
    assert "late fusion" in reasons(recipe(fusion="late"))[0]
    made = recipe({"balance": "uncertainty"})
    assert reasons(made) == ["the stage balances its losses"]
    assert reasons(recipe({"balance": "fixed"})) == [""]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("uniformm", "Did you mean `uniform`"),
        ({"type": "ogm", "alpha": -1}, "input_balance.alpha"),
        ({"type": "uniform", "dropout": 1.0}, "input_balance.dropout"),
        ({"type": "none", "weight": 1.0}, "input_balance.weight"),
        (3, "expected the name of a balance of inputs"),
    ],
)
def test_mistakes_are_told_with_their_place(given, text) -> None:
    with pytest.raises(RecipeError) as error:
        recipe({"input_balance": given})
    assert "stages.0.input_balance" in str(error.value)
    assert text in str(error.value)


def test_objects_and_words_are_one_document() -> None:
    rule = sm.nn.input_balance.OGM(alpha=0.25)
    made = recipe(sm.Stage(3, input_balance=rule))
    assert made.stages[0]["input_balance"] == {"type": "ogm", "alpha": 0.25}
    assert sm.Recipe.from_yaml(made.to_yaml()) == made
    assert list(balance_problems({"input_balance": "mmpareto"}, "stages.0")) == []
