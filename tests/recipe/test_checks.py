from __future__ import annotations

import pytest

import sensorium as sm
from sensorium.errors import RecipeError
from sensorium.recipe.checks import document_problems
from sensorium.schema import parameters_of

TAKES = parameters_of(sm.Recipe)
RIGHT = {"data": "x.csv", "inputs": {"x": "number"}, "outputs": {"y": "regression"}}


def test_a_right_document_has_no_problems() -> None:
    assert document_problems(RIGHT, TAKES) == []


def test_problems_stand_in_the_order_of_the_document() -> None:
    wrong = {
        **RIGHT,
        "inputs": {"x": {"type": "number", "scal": 1}, "z": "nmber"},
        "outputs": {"y": {"type": "regresion"}},
        "fusion": 3,
    }
    paths = [problem.path for problem in document_problems(wrong, TAKES)]
    assert paths == ["inputs.x.scal", "inputs.z.type", "outputs.y.type", "fusion"]


def test_what_is_no_mapping_is_said_once() -> None:
    found = document_problems({**RIGHT, "inputs": 3}, TAKES)
    assert [p.path for p in found] == ["inputs"]
    assert "expected a mapping" in found[0].message


@pytest.mark.parametrize("name", ["error", "sold_probability", "sold_probability_a"])
def test_no_output_hides_another_column_of_the_predictions(name: str) -> None:
    for sold in ("classification", {"type": "flags"}):
        wrong = {**RIGHT, "outputs": {"sold": sold, name: "regression"}}
        [problem] = document_problems(wrong, TAKES)
        assert str(problem) == (
            f"outputs.{name}: `{name}` is the name of another column of the "
            "predictions. Give it another name and set `column`."
        )


def test_a_number_has_no_other_columns() -> None:
    outputs = {"rain": "regression", "rain_probability": "regression"}
    assert document_problems({**RIGHT, "outputs": outputs}, TAKES) == []


def test_the_split_names_columns_too() -> None:
    recipe = sm.Recipe(**RIGHT, split={"test": 0.1, "group": "who"})
    with pytest.raises(RecipeError) as caught:
        recipe.check_table({"x": None, "y": None, "whom": None}, "x.csv")
    assert [str(p) for p in caught.value.problems] == [
        "split.group: x.csv has no column `who`. Did you mean `whom`?"
    ]
