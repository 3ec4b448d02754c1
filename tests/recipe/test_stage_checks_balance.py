"""A stage's `balance`: checked without Keras, kept in documents, passed to training."""

from __future__ import annotations

from typing import Any

import pytest

import sensorium as sm
from sensorium.recipe.json_schema import json_schema
from tests.run.samples import run_python

RIGHT: dict[str, Any] = {
    "data": "x.csv",
    "inputs": {"photo": "vector"},
    "outputs": {"sold": "classification", "price": "regression"},
}


def problems(stage: Any, **changes: Any) -> list[str]:
    document = {**RIGHT, "stages": [stage], **changes}
    return [str(problem) for problem in sm.Recipe.problems(document)]


@pytest.mark.parametrize(
    "balance", [None, "fixed", "famo", {"type": "uncertainty", "learning_rate": 0.1}]
)
def test_words_and_documents_are_taken(balance) -> None:
    assert problems({"balance": balance}) == []


@pytest.mark.parametrize(
    ("balance", "message"),
    [
        ("pcgrda", "Did you mean `pcgrad`?"),
        ({"type": "dwa", "temprature": 1.0}, "Did you mean `temperature`?"),
        ({"type": "cagrad", "c": -1.0}, "c"),
        (5, "expected the name of a balance or a mapping with `type`"),
    ],
)
def test_mistakes_are_found_with_their_place(balance, message) -> None:
    [found] = problems({"balance": balance})
    assert found.startswith("stages.0.balance")
    assert message in found


def test_one_output_has_nothing_to_balance() -> None:
    text = "stages.0.balance: one output is trained, so there is no other loss"
    [found] = problems({"balance": "famo", "outputs": ["sold"]})
    assert found.startswith(text)
    one = {"outputs": {"sold": "classification"}}
    assert problems({"balance": "famo"}, **one)[0].startswith(text)
    assert problems({"balance": "fixed"}, **one) == []


def test_it_is_checked_without_keras() -> None:
    document = {**RIGHT, "stages": [{"balance": "famo"}]}
    code = "import sys, sensorium as sm; "
    code += f"print(sm.Recipe.problems({document!r}), 'keras' in sys.modules)"
    assert run_python(code).split() == ["[]", "False"]


def test_objects_and_words_make_equal_recipes() -> None:
    given = [sm.balance.Uncertainty(0.1), {"type": "uncertainty", "learning_rate": 0.1}]
    one, two = (
        sm.Recipe(**RIGHT, stages=[sm.Stage(balance=balance)]) for balance in given
    )
    assert one == two
    assert sm.Recipe.from_yaml(one.to_yaml()) == two


def test_editors_know_the_words() -> None:
    schema = json_schema()
    words = schema["$defs"]["balance"]["anyOf"][0]["enum"]
    assert {"fixed", "pcgrad", "mgda"} <= set(words)
    stage = schema["properties"]["stages"]["items"]["anyOf"][0]["properties"]
    assert {"$ref": "#/$defs/balance"} in stage["balance"]["anyOf"]
