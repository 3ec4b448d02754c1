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


@pytest.mark.parametrize(
    ("name", "taken"), [("rain_q5", True), ("rain_q2.5", True), ("rain_quick", False)]
)
def test_an_output_is_not_named_like_a_quantile(name, taken) -> None:
    outputs = {"rain": {"type": "quantiles"}, name: "regression"}
    data = {"data": "x.csv", "inputs": {"a": "number"}, "outputs": outputs}
    paths = [problem.path for problem in sm.Recipe.problems(data)]
    assert paths == [f"outputs.{name}"] * taken


@pytest.mark.parametrize(("name", "taken"), [("spot_x0", True), ("spot_x2", False)])
def test_an_output_is_not_named_like_a_number_of_a_box(name, taken) -> None:
    outputs = {"spot": {"type": "box"}, name: "regression"}
    data = {"data": "x.csv", "inputs": {"a": "number"}, "outputs": outputs}
    paths = [problem.path for problem in sm.Recipe.problems(data)]
    assert paths == [f"outputs.{name}"] * taken


def test_what_counts_for_labels_only_is_refused_for_inputs() -> None:
    inputs = {
        "size": {"type": "category", "order": ["small", "big"]},
        "spot": {"type": "box", "image_size": [4, 4]},
    }
    found = document_problems({**RIGHT, "inputs": inputs}, TAKES)
    assert [p.path for p in found][:2] == [
        "inputs.size.order",
        "inputs.spot.image_size",
    ]
    assert "only of labels" in found[0].message


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


def test_no_part_has_the_name_of_a_group_of_parts() -> None:
    wrong = {
        **RIGHT,
        "inputs": {"fusion": "number", "others": "number"},
        "outputs": {"heads": "regression"},
    }
    text = "is what stages call parts of the network. Give it another name and set"
    assert [str(problem) for problem in document_problems(wrong, TAKES)] == [
        f"inputs.fusion: `fusion` {text} `columns`.",
        f"inputs.others: `others` {text} `columns`.",
        f"outputs.heads: `heads` {text} `column`.",
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"type": "regression", "reads": "fotos"},
            "outputs.y.reads: there is no input `fotos`. Did you mean `photos`?",
        ),
        (
            {"type": "reconstruction", "of": "q"},
            "outputs.y.of: there is no input `q`. Known: `photos`, `text`.",
        ),
        (
            {"type": "reconstruction", "of": "text"},
            "outputs.y.of: `text` is a category input, which cannot be rebuilt. Kinds "
            "that can: `number`, `image`, `signal`, `vector`.",
        ),
    ],
)
def test_an_output_reads_and_rebuilds_inputs_that_are_there(document, message) -> None:
    inputs = {"photos": "number", "text": "category"}
    wrong = {**RIGHT, "inputs": inputs, "outputs": {"y": document}}
    assert [str(problem) for problem in document_problems(wrong, TAKES)] == [message]


@pytest.mark.parametrize(
    ("decoder", "problem"),
    [
        ("dens", "decoder.type: there is no decoder `dens`. Did you mean `dense`?"),
        ({"type": "dense", "unit": 3}, "decoder.unit: "),
        ({"class_name": "Lambda", "config": {}}, "decoder: expected the name of"),
    ],
)
def test_a_wrong_decoder_is_found_before_training(decoder, problem) -> None:
    head = {"type": "reconstruction", "of": "x"}
    right, wrong = (
        document_problems(
            {**RIGHT, "outputs": {"y": {**head, "decoder": given}}}, TAKES
        )
        for given in ("dense", decoder)
    )
    assert right == []
    assert [str(item).startswith(f"outputs.y.{problem}") for item in wrong] == [True]


def test_a_table_to_fit_on_is_refused_where_a_run_brings_the_feature() -> None:
    encoder = {"type": "run", "path": "run"}
    inputs = {"x": {"type": "number", "encoder": encoder}}
    [problem] = document_problems(
        {**RIGHT, "inputs": inputs, "fit": {"x": "data"}}, TAKES
    )
    assert "Say `refit: true`" in str(problem)
    encoder["refit"] = True
    assert (
        document_problems({**RIGHT, "inputs": inputs, "fit": {"x": "data"}}, TAKES)
        == []
    )
