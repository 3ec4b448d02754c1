"""Mistakes in stages and tables are all found at once, and without Keras."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import RecipeError
from tests.run.samples import run_python

RIGHT: dict[str, Any] = {
    "data": "x.csv",
    "inputs": {"photo": "vector", "sound": "vector"},
    "outputs": {"sold": "classification"},
    "tables": {"others": "o.csv", "more": {"data": "m.csv"}},
}
FROZEN = {"type": "saved", "path": "m.keras", "trainable": False}


def problems(*stages: Any, **changes: Any) -> list[str]:
    document = {**RIGHT, "stages": list(stages), **changes}
    return [str(problem) for problem in sm.Recipe.problems(document)]


def test_a_distillation_of_frozen_encoders_is_refused() -> None:
    text = "every encoder is frozen: none can be held near what it was"
    for stage in ({"freeze": ["encoders"]}, {"freeze": ["photo", "sound"]}):
        [found] = problems({"type": "distill", **stage}, {})
        assert found.startswith(f"stages.0: {text}")
    assert problems({"type": "distill", "freeze": ["photo"]}, {}) == []
    fixed = {"photo": {"type": "vector", "encoder": FROZEN}, "sound": "vector"}
    [found] = problems({"type": "distill", "freeze": ["sound"]}, {}, inputs=fixed)
    assert text in found


# --- names ---


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (
            {"freeze": ["photos", "encoder", "heds"]},
            [
                "freeze: there is no part `photos`. Did you mean `photo`?",
                "freeze: there is no part `encoder`. Did you mean `encoders`?",
                "freeze: there is no part `heds`. Did you mean `heads`?",
            ],
        ),
        (
            {"freeze": ["trunk"]},
            [
                "freeze: there is no part `trunk`. Known: `photo`, `sound`, `fusion`, "
                "`sold`, `encoders`, `heads`."
            ],
        ),
        (
            {"learning_rate": {"fotos": 0.1, "other": 0.1, "others": 0.1}},
            [
                "learning_rate: there is no part `fotos`. Did you mean `photo`?",
                "learning_rate: there is no part `other`. Did you mean `others`?",
            ],
        ),
        (
            {"type": "pretrain", "inputs": ["fusion"]},
            ["inputs: there is no input `fusion`. Known: `photo`, `sound`."],
        ),
        (
            {"table": "other"},
            ["table: there is no table `other`. Did you mean `others`?"],
        ),
        (
            {"table": ["more", "nothing"]},
            [
                "table: there is no table `nothing`. Known: `data`, `others`, `more`.",
            ],
        ),
        ({"freeze": "photo"}, ["freeze: expected a list. Received: 'photo'. Write "
                               "[photo]."]),
        (
            {"type": "align", "inputs": "photo"},
            ["inputs: expected a list. Received: 'photo'. Write [photo]."],
        ),
        (
            {"type": "align", "inputs": ["sound"]},
            ["inputs: alignment needs two inputs or more."],
        ),
    ],
)  # fmt: skip
def test_unknown_names_come_with_near_ones(stage: Any, message: list[str]) -> None:
    assert problems(stage) == [f"stages.0.{line}" for line in message]


def test_without_tables_it_is_said_where_they_are_named() -> None:
    assert problems({"table": "other"}, tables={}) == [
        "stages.0.table: there is no table `other`. Name it under `tables:`."
    ]


def test_fit_names_inputs_and_tables() -> None:
    fit = {"foto": "data", "sound": ["othrs", "data"], "photo": []}
    assert problems({"table": ["data", "others"]}, fit=fit) == [
        "fit.foto: there is no input `foto`. Did you mean `photo`?",
        "fit.sound: there is no table `othrs`. Did you mean `others`?",
        "fit.photo: names no table. Leave it out to take the first stage's.",
    ]


def test_fit_on_a_table_that_is_not_read_for_the_input() -> None:
    stages = [{"type": "autoencode", "inputs": ["sound"], "table": "others"}, {}]
    assert problems(*stages, fit={"sound": "others"}) == []
    assert problems(*stages, fit={"photo": ["others", "data"]}) == [
        "fit.photo: no stage learns from the table `others` with this input. "
        "Name it under `table` of one, or fit on `data`."
    ]


def test_modality_dropout_names_inputs() -> None:
    assert problems({}, modality_dropout={"sond": 0.5, "photo": 0.5}) == [
        "modality_dropout.sond: there is no input `sond`. Did you mean `sound`?"
    ]


def test_outputs_of_a_stage_are_the_recipes() -> None:
    stage = {"type": "train", "outputs": ["solt", "sold"], "loss_weights": {"sld": 1}}
    assert problems(stage) == [
        "stages.0.outputs: there is no output `solt`. Did you mean `sold`?",
        "stages.0.loss_weights: there is no output `sld`. Did you mean `sold`?",
    ]


def test_a_fusion_names_inputs() -> None:
    assert problems({}, fusion={"type": "film", "condition": "sond"}) == [
        "fusion.condition: there is no input `sond`. Did you mean `sound`?"
    ]
    assert problems({}, fusion={"type": "film", "condition": 1}) == []
    weights = {"type": "average", "input_weights": {"photo": 0.5, "phto": 0.5}}
    assert problems({}, fusion=weights) == [
        "fusion.input_weights: there is no input `phto`. Did you mean `photo`?"
    ]


def test_arguments_are_those_of_the_kind() -> None:
    [line] = problems({"type": "probe", "freez": ["photo"]})
    assert line.startswith("stages.0.freez: `probe` has no argument `freez`.")
    assert problems({"type": "prob"}) == [
        "stages.0.type: there is no stage `prob`. Did you mean `probe`?"
    ]


def test_a_disposable_head_is_checked_as_an_output_is() -> None:
    stage = {"type": "pretrain", "inputs": ["photo"], "heads": {"x": "regresion"}}
    assert problems(stage, {}) == [
        "stages.0.heads.x.type: there is no head `regresion`. Did you mean "
        "`regression`?"
    ]


@pytest.mark.parametrize(
    ("stage", "example"), [("probe", "{type: probe}"), (3, "{epochs: 20}")]
)
def test_a_stage_is_a_mapping(stage: Any, example: str) -> None:
    assert problems(stage) == [f"stages.0: expected a mapping, e.g. `{example}`."]


# --- what learns ---


def test_a_stage_that_trains_nothing() -> None:
    assert problems({"freeze": ["encoders", "fusion", "heads"]}, {}) == [
        "stages.0: every part is frozen: this stage trains nothing."
    ]


def test_a_stage_of_encoders_that_are_not_trainable() -> None:
    inputs = {"photo": {"type": "vector", "encoder": FROZEN}, "sound": "vector"}
    stage = {"type": "autoencode", "inputs": ["photo"]}
    assert problems(stage, {}, inputs=inputs) == [
        "stages.0: all its encoders say `trainable: false`: it trains nothing."
    ]
    both = {"type": "autoencode", "inputs": ["photo", "sound"]}
    assert problems(both, {}, inputs=inputs) == []


def test_an_encoder_that_no_stage_trains() -> None:
    assert problems({"freeze": ["photo"]}) == [
        "inputs.photo: no stage trains this encoder: it stays as random as it began. "
        "Take it out of `freeze`, or add a stage that trains it."
    ]
    assert problems({"freeze": ["photo"]}, {"freeze": ["sound"]}) == []


def test_an_encoder_that_comes_taught_need_not_learn() -> None:
    inputs = {"photo": {"type": "vector", "encoder": FROZEN}, "sound": "vector"}
    assert problems({"freeze": ["photo"]}, inputs=inputs) == []


def test_parts_that_no_stage_trains() -> None:
    stage = {"type": "pretrain", "inputs": ["photo", "sound"]}
    fix = "Add one at the end, e.g. `- {type: lp_ft}` or `- {type: train}`."
    assert problems(stage, trunk={"units": 4}) == [
        f"fusion: no stage trains `fusion`. {fix}",
        f"trunk: no stage trains `trunk`. {fix}",
        f"outputs.sold: no stage trains `sold`. {fix}",
    ]
    assert problems(stage, {"type": "probe"}) == []


# --- tables ---


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {"data": "y.csv"},
            "tables.data: `data` is the recipe's own table. Rename this one.",
        ),
        ({"": "y.csv"}, "tables.: expected a name for the table, not an empty text."),
        (
            {"o": {"data": "y.csv", "split": {"valid": 2}}},
            "tables.o.split: split, `valid`: must be above 0 and below 1. Received: 2. "
            "Leave it out for no such part.",
        ),
        (
            {"o": {"data": "y.csv", "split": {"vald": 0.1}}},
            "tables.o.split.vald: `split` has no argument `vald`. Did you mean "
            "`valid`?",
        ),
        ({"o": 5}, "tables.o: expected a path or a join. Received: 5."),
        ({"o": ""}, "tables.o: expected the path of a table, not an empty text."),
    ],
)
def test_a_table_is_a_path_or_a_document(tables: Any, message: str) -> None:
    assert problems(tables=tables) == [message]


def test_a_misspelt_key_of_a_table_is_no_column() -> None:
    [first, _] = problems(tables={"o": {"dta": "y.csv"}})
    assert first == "tables.o.dta: there is no such key here. Did you mean `data`?"


@pytest.mark.parametrize(
    "table",
    [
        {"photo": [[1.0]], "sold": ["a"]},
        pl.DataFrame({"photo": [1.0]}),
        {"train": "a.csv", "valid": "b.csv"},
        {"join": ["a.csv", "b.csv"], "on": "id", "split": {"valid": 0.2}},
        None,
    ],
)
def test_tables_made_in_python_and_joins_are_taken(table: Any) -> None:
    assert problems({"table": "o"}, {}, tables={"o": table}) == []


# --- all of them ---

EVERYTHING_WRONG = """\
data: x.csv
inputs: {photo: vector, sound: vector}
outputs: {sold: classification}
tables:
  data: y.csv
  others: {data: o.csv, split: {valid: 3}}
fit: {foto: data}
modality_dropout: {sond: 0.5}
stages:
  - {type: pretrain, inputs: [foto], table: other, heads: {x: nothing}}
  - {type: align, inputs: [photo]}
  - {freeze: [phot], learning_rate: {snd: 0.1}}
"""


def test_all_mistakes_come_at_once_with_their_lines_and_without_keras() -> None:
    with pytest.raises(RecipeError) as caught:
        sm.Recipe.from_yaml(EVERYTHING_WRONG)
    lines = [str(problem).partition(": ")[2] for problem in caught.value.problems]
    paths = [line.partition(":")[0] for line in lines]
    assert sorted(paths) == [
        "fit.foto",
        "modality_dropout.sond",
        "stages.0.heads.x.type",
        "stages.0.inputs",
        "stages.0.table",
        "stages.1.inputs",
        "stages.2.freeze",
        "stages.2.learning_rate",
        "tables.data",
        "tables.others.split",
    ]
    code = f"""
import sys, sensorium as sm
from sensorium.errors import RecipeError
try:
    sm.Recipe.from_yaml({EVERYTHING_WRONG!r})
except RecipeError as error:
    print(len(error.problems), 'keras' in sys.modules)
"""
    assert run_python(code).split() == ["10", "False"]
