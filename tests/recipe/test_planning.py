"""Which steps a recipe takes, and what each of its tables is read for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import RecipeError
from sensorium.recipe.planning import (
    MAIN,
    SPLIT,
    are_parts,
    copied_heads,
    fitted_on,
    fixed_inputs,
    label_names,
    stages_of,
    table_plans,
    target_of,
)

SAVED = {"type": "saved", "path": "model.keras"}
PRETRAIN = {"type": "pretrain", "inputs": ["photo"], "table": "photos"}


def recipe(*stages: Any, **changes: Any) -> sm.Recipe:
    given = {
        "data": "pairs.csv",
        "inputs": {"photo": "vector", "sound": {"type": "vector", "columns": ["wave"]}},
        "outputs": {
            "breed": "classification",
            "size": {"type": "regression", "column": "kg"},
        },
        "tables": {"photos": "photos.csv", "sounds": {"data": "sounds.csv"}},
        "stages": stages,
    }
    return sm.Recipe.from_dict({**given, **changes})


def plans(*stages: Any, **changes: Any) -> dict[str, Any]:
    return {plan.name: plan for plan in table_plans(recipe(*stages, **changes))}


# --- stages and steps ---


def test_fresh_encoders_learn_beside_taught_ones() -> None:
    inputs = {"a": {"type": "vector", "encoder": SAVED}, "b": {"type": "vector"}}
    first, second = stages_of(inputs, [])
    assert first == sm.Stage(freeze=["a"])
    assert type(second).__name__ == "Finetune"


def test_without_stages_all_is_trained_together() -> None:
    assert stages_of({"a": {"type": "number"}}, []) == [sm.Stage()]


@pytest.mark.parametrize("encoder", [SAVED, {"type": "run", "path": "runs/x"}])
def test_an_encoder_with_weights_is_probed_first(encoder: Any) -> None:
    [stage] = stages_of({"a": {"encoder": encoder}}, [])
    assert type(stage).__name__ == "LPFT"
    [stage] = stages_of({"a": {"encoder": encoder}}, [{"type": "train"}])
    assert type(stage) is sm.Stage


def test_steps_follow_the_stages_and_have_names_of_their_own() -> None:
    stages = [{"type": "lp_ft"}, {}, {"name": "main 2"}, {}, {"type": "lp_ft"}]
    names = [step.name for step in recipe(*stages).steps()]
    assert names == [
        "lp_ft (probe)",
        "lp_ft (finetune)",
        "main",
        "main 2",
        "main 3",
        "lp_ft (probe) 2",
        "lp_ft (finetune) 2",
    ]


def test_an_encoder_that_is_not_trainable_learns_in_no_step() -> None:
    inputs = {
        "photo": {"type": "vector", "encoder": {**SAVED, "trainable": False}},
        "sound": {"type": "vector", "encoder": {**SAVED, "trainable": True}},
    }
    assert fixed_inputs(inputs) == {"photo"}
    for step in recipe(inputs=inputs).steps():
        assert "photo" not in step.learn
        assert step.inputs == ("photo", "sound")


# --- heads ---


def test_labels_of_disposable_heads_have_names_of_their_own() -> None:
    heads = {"tag": "classification", "breed": "classification"}
    [pretrain, main] = recipe({**PRETRAIN, "heads": heads}, {}).steps()
    assert label_names(pretrain) == {"tag": "pretrain:tag", "breed": "pretrain:breed"}
    assert label_names(main) == {"breed": "breed", "size": "size"}


def test_decoders_have_no_labels() -> None:
    step = recipe({"type": "autoencode", "inputs": ["photo"]}, {}).steps()[0]
    assert list(step.heads) == ["photo_rebuilt"]
    assert label_names(step) == {}


def test_copies_of_outputs_see_one_input_each() -> None:
    made = recipe({"type": "pretrain", "inputs": ["photo", "sound"]}, {})
    assert copied_heads(made, made.steps()[0]) == {
        f"{output}_{name}": (output, {**made.outputs[output], "reads": name})
        for name in ("photo", "sound")
        for output in ("breed", "size")
    }
    made = recipe(PRETRAIN, {})
    assert list(copied_heads(made, made.steps()[0])) == ["breed", "size"]
    assert copied_heads(made, made.steps()[1]) == {}


def test_an_output_that_is_made_of_another_input_has_no_copy() -> None:
    outputs = {"breed": "classification", "echo": {"type": "reconstruction"}}
    outputs["echo"] = {"type": "reconstruction", "of": "sound"}
    made = recipe({"type": "pretrain", "inputs": ["photo"]}, {}, outputs=outputs)
    assert list(copied_heads(made, made.steps()[0])) == ["breed"]
    made = recipe({"type": "pretrain", "inputs": ["sound"]}, {}, outputs=outputs)
    assert list(copied_heads(made, made.steps()[0])) == ["breed", "echo"]


def test_a_head_reads_the_column_it_names() -> None:
    feature = target_of("size", {"type": "regression", "column": "kg"})
    assert (feature.kind, feature.names_) == ("number", ("kg",))
    assert target_of("size", {"type": "classification"}).names_ == ("size",)


# --- tables ---


def test_the_main_table_has_all_and_comes_first() -> None:
    found = plans(PRETRAIN, {})
    assert list(found) == [MAIN, "photos"]
    main = found[MAIN]
    assert (main.document, main.path) == ("pairs.csv", "")
    assert (list(main.inputs), list(main.labels)) == (
        ["photo", "sound"],
        ["breed", "size"],
    )
    assert main.required == {"photo", "sound", "breed", "size"}


def test_another_table_is_read_for_what_its_steps_need() -> None:
    found = plans({**PRETRAIN, "heads": {"tag": "classification"}}, {})["photos"]
    assert list(found.inputs) == ["photo"]
    assert list(found.labels) == ["pretrain:tag"]
    assert found.required == {"photo", "pretrain:tag"}
    assert found.path == "tables.photos"


def test_copies_of_outputs_need_not_all_be_there() -> None:
    found = plans(PRETRAIN, {})["photos"]
    assert list(found.labels) == ["breed", "size"]
    assert found.required == {"photo"}
    there = found.available({"photo": None, "kg": None}, "photos.csv")
    assert list(there.labels) == ["size"]
    with pytest.raises(RecipeError) as caught:
        found.available({"photo": None}, "photos.csv")
    assert str(caught.value) == (
        "tables.photos: photos.csv has none of the recipe's outputs. "
        "It needs one of `breed`, `kg`."
    )


def test_of_several_tables_each_may_lack_inputs() -> None:
    stage = {"table": ["photos", "sounds"]}
    found = plans(stage, {})
    for name in ("photos", "sounds"):
        assert list(found[name].inputs) == ["photo", "sound"]
        assert found[name].required == frozenset()
    there = found["sounds"].available({"wave": None, "breed": None}, "sounds.csv")
    assert (list(there.inputs), list(there.labels)) == (["sound"], ["breed"])
    with pytest.raises(RecipeError) as caught:
        found["sounds"].available({"wav": None, "kind": None}, "sounds.csv")
    assert [str(problem) for problem in caught.value.problems] == [
        "tables.sounds: sounds.csv has none of the recipe's inputs. It needs one of "
        "`photo`, `wave`.",
        "tables.sounds: sounds.csv has none of the recipe's outputs. It needs one of "
        "`breed`, `kg`.",
    ]


def test_one_table_with_other_labels_may_lack_inputs() -> None:
    assert plans({"table": "photos"}, {})["photos"].required == frozenset()


def test_of_several_tables_each_may_lack_what_encoders_are_taught_by() -> None:
    stage = {**PRETRAIN, "table": ["photos", "sounds"], "heads": {"tag": "flags"}}
    found = plans(stage, {})
    assert found["photos"].required == found["sounds"].required == frozenset()
    assert list(found["sounds"].labels) == ["pretrain:tag"]


def test_all_columns_that_must_be_there_are_named() -> None:
    heads = {"tag": {"type": "classification", "column": "label"}}
    found = plans({**PRETRAIN, "heads": heads}, {})["photos"]
    with pytest.raises(RecipeError) as caught:
        found.available({"photos": pl.Int64, "labels": pl.Int64}, "photos.csv")
    assert [str(problem) for problem in caught.value.problems[:2]] == [
        "tables.photos: photos.csv has no column `photo`. Did you mean `photos`?",
        "tables.photos: photos.csv has no column `label`. Did you mean `labels`?",
    ]


def test_a_table_that_no_step_learns_from_is_not_read() -> None:
    assert list(plans({})) == [MAIN]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("p.csv", ("p.csv", SPLIT)),
        ({"data": "p.csv"}, ("p.csv", SPLIT)),
        ({"data": "p.csv", "split": {"valid": 0.5}}, ("p.csv", {"valid": 0.5})),
        (
            {"data": "p.csv", "split": {"valid": 0.5}, "rename": {"a": "photo"}},
            ({"data": "p.csv", "rename": {"a": "photo"}}, {"valid": 0.5}),
        ),
    ],
)
def test_a_tables_split_is_taken_from_its_document(document, expected) -> None:
    tables = {"photos": document, "sounds": "s.csv"}
    found = plans(PRETRAIN, {}, tables=tables)["photos"]
    assert (found.document, dict(found.split)) == expected


def test_the_main_tables_split_is_the_recipes() -> None:
    assert plans({})[MAIN].split == {"valid": 0.1, "test": 0.1}
    assert plans({}, split={"valid": 0.25})[MAIN].split == {"valid": 0.25}


# --- what inputs are fitted on ---


def test_an_input_is_fitted_where_it_is_first_taught() -> None:
    made = recipe(PRETRAIN, {})
    assert fitted_on(made, table_plans(made)) == {"photo": ["photos"], "sound": [MAIN]}
    made = recipe({}, PRETRAIN)
    assert fitted_on(made, table_plans(made)) == {"photo": [MAIN], "sound": [MAIN]}


def test_several_tables_fit_together_those_that_have_the_input() -> None:
    made = recipe({"table": ["photos", "sounds"]}, {})
    columns = {
        "": ["photo", "wave", "breed", "kg"],
        "photos": ["photo", "breed"],
        "sounds": ["wave", "photo", "breed"],
    }
    there = [
        plan.available(dict.fromkeys(columns[plan.name]), plan.name)
        for plan in table_plans(made)
    ]
    expected = {"photo": ["photos", "sounds"], "sound": ["sounds"]}
    assert fitted_on(made, there) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("data", [MAIN]), ("photos", ["photos"]), (["data", "photos"], [MAIN, "photos"])],
)
def test_a_recipe_may_say_what_an_input_is_fitted_on(wanted, expected) -> None:
    made = recipe({"table": ["data", "photos"]}, fit={"sound": wanted})
    assert fitted_on(made, table_plans(made))["sound"] == expected
    assert fitted_on(made, table_plans(made))["photo"] == [MAIN, "photos"]


def test_a_plan_opens_its_table_or_one_for_each_part(tmp_path: Path) -> None:
    for name, rows in (("a", 3), ("b", 2)):
        (tmp_path / f"{name}.csv").write_text("x,y\n" + "1,2\n" * rows)
    for data, expected in (
        ("a.csv", {"": 3}),
        ({"train": "a.csv", "valid": "b.csv"}, {"train": 3, "valid": 2}),
        ({"join": ["a.csv", "b.csv"], "on": "x"}, None),
    ):
        recipe = sm.Recipe(data, {"x": "number"}, {"y": "regression"})
        assert are_parts(data) is (expected is not None and len(expected) == 2)
        if expected is not None:
            tables = table_plans(recipe)[0].tables(tmp_path)
            assert {part: t.num_rows for part, t in tables.items()} == expected
