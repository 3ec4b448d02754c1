"""Every kind of stage: constructor = document = schema, and its steps name parts."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import sensorium as sm
from sensorium.errors import RecipeError
from sensorium.recipe import json_schema
from sensorium.recipe.plain import plain
from sensorium.recipe.roles import STAGE
from sensorium.schema import parameters_of
from sensorium.schema.parameters import REQUIRED, parameters_from_source
from sensorium.training import STAGES, Parts
from tests.training.stages.made import SHARED

WORDS = sorted(STAGES)
PARTS = Parts(("photo", "sound"), ("sold",), trunk=True)

# What a kind cannot do without, and one other value for each setting of its own.
NEEDED: dict[str, dict[str, Any]] = {
    "align": {"inputs": ["photo", "sound"]},
    "autoencode": {"inputs": ["photo"]},
    "game": {"input": "photo"},
    "pretrain": {"inputs": ["photo"]},
}
STACKING = {"type": "late", "mode": "stacking"}
GOALS = {"outputs": ["sold"], "loss_weights": {"sold": 0.5}}
HIDING = {"adversarial": {"sound": 0.5}, "table": ["data", "other"]}
FUSED = {**GOALS, "input_balance": {"type": "ogm", "alpha": 0.25}}
OWN: dict[str, dict[str, Any]] = {
    "train": {"freeze": ["photo"], **FUSED, **HIDING},
    "finetune": {"freeze": ["photo"], **FUSED, **HIDING},
    "distill": {"freeze": ["photo"], "alpha": 0.5, **FUSED, **HIDING},
    "align": {"inputs": ["photo", "sound"], "units": 5},
    "autoencode": {"inputs": ["photo", "sound"], "loss": "mae", **HIDING},
    "pretrain": {
        "inputs": ["photo", "sound"],
        "heads": {"x": {"type": "regression"}},
        **HIDING,
    },
    "game": {"input": "photo", "loss": "hinge", "noise": 5, "width": 6},
    "lp_ft": {"probe_epochs": 3, "finetune_rate": 0.5, **FUSED, **HIDING},
    "unfreeze": {"groups": 3, "decay": 1.5, **FUSED, **HIDING},
    "probe": GOALS,
    "stack": {"freeze": ["photo"], "folds": 3, **GOALS},
}


def built(word: str, **arguments: Any) -> Any:
    return STAGE.build({"type": word, **NEEDED.get(word, {}), **arguments})


def everything(word: str) -> dict[str, Any]:
    """Every argument of a kind with a value that is not its default."""
    taken = STAGE.parameters(word)
    return {**{n: v for n, v in SHARED.items() if n in taken}, **OWN[word]}


def recipe(*stages: Any) -> sm.Recipe:
    stacked = any("stack" in repr(stage).lower() for stage in stages)
    return sm.Recipe(
        "x.csv",
        {"photo": "image", "sound": "vector"},
        {"sold": "classification"},
        trunk={"units": 4},
        fusion=STACKING if stacked else "concat",
        tables={"other": "y.csv"},
        stages=stages,
    )


@pytest.mark.parametrize("word", WORDS)
def test_other_values_are_given_for_every_argument(word) -> None:
    assert set(everything(word)) == set(STAGE.parameters(word))


@pytest.mark.parametrize("word", WORDS)
def test_the_arguments_are_told_without_importing_the_class(word) -> None:
    from_text = parameters_from_source(STAGES[word])
    live = parameters_of(STAGE.load(word))
    assert list(from_text) == list(live)
    assert [p.default for p in from_text.values()] == [p.default for p in live.values()]


@pytest.mark.parametrize("word", WORDS)
def test_a_kind_takes_every_setting_of_a_stage_that_it_does_not_refuse(word) -> None:
    refused = set(STAGE.load(word).refuses)
    every = set(parameters_of(sm.Stage))
    assert refused <= every
    assert every & set(STAGE.parameters(word)) == every - refused


@pytest.mark.parametrize("word", WORDS)
def test_the_constructor_keeps_every_argument_under_its_name(word) -> None:
    stage = built(word, **everything(word))
    for name, value in everything(word).items():
        kept = getattr(stage, name)
        assert (list(kept) if isinstance(kept, tuple) else kept) == value, name


@pytest.mark.parametrize("word", WORDS)
def test_a_stage_and_its_document_are_the_same(word) -> None:
    stage = built(word, **everything(word))
    document = plain(STAGE.document(stage), "")
    assert document == {"type": word, **everything(word)}
    assert STAGE.build(document) == stage
    assert plain(STAGE.document(built(word)), "") == {
        "type": word,
        **NEEDED.get(word, {}),
    }


@pytest.mark.parametrize("word", WORDS)
def test_yaml_gives_a_stage_back(word) -> None:
    whole = [built(word, **everything(word)), sm.Stage(name="rest")]
    written = recipe(*whole)
    read = sm.Recipe.from_yaml(written.to_yaml())
    assert read == written
    assert read.stages[0] == {"type": word, **everything(word)}
    assert read.steps() == written.steps()


@pytest.mark.parametrize("word", WORDS)
def test_the_schema_has_every_argument_and_nothing_else(word) -> None:
    kinds = json_schema()["properties"]["stages"]["items"]["anyOf"]
    [schema] = [k for k in kinds if k["properties"]["type"] == {"const": word}]
    parameters = STAGE.parameters(word)
    assert set(schema["properties"]) == {"type", *parameters}
    needed = {name for name, p in parameters.items() if p.default is REQUIRED}
    assert needed == set(NEEDED.get(word, {}))
    assert set(schema["required"]) == needed | ({"type"} if word != "train" else set())
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("word", WORDS)
def test_what_all_kinds_share_reaches_every_step(word) -> None:
    given = {n: v for n, v in SHARED.items() if n in STAGE.parameters(word)}
    changed = {"epochs", "learning_rate", "name"}
    changed = changed if word in ("lp_ft", "game") else {"name"}
    for step in built(word, **given).steps(PARTS):
        for name in set(given) - changed:
            assert getattr(step.stage, name) == SHARED[name], name
        assert step.name.startswith("mine")
        assert step.tables == ("other",)


@pytest.mark.parametrize("word", WORDS)
def test_steps_name_parts_that_are_there_and_teach_some(word) -> None:
    for arguments in (NEEDED.get(word, {}), OWN[word]):
        for step in built(word, **arguments).steps(PARTS):
            assert step.learn
            assert set(step.learn) <= set(PARTS.every)
            assert set(step.inputs) <= set(PARTS.inputs)
            assert set(step.outputs) <= set(PARTS.outputs)
            assert set(step.copied) <= set(PARTS.outputs)
            reads = {head["reads"] for head in step.heads.values()}
            assert reads <= set(step.inputs)
            given_label = step.outputs or step.heads or step.copied
            assert given_label or step.objective in ("alignment", "game")


@pytest.mark.parametrize("word", WORDS)
def test_names_of_steps_differ(word) -> None:
    names = [step.name for step in recipe(built(word), built(word), {}).steps()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("word", WORDS)
def test_arguments_after_the_epochs_are_named(word) -> None:
    signature = inspect.signature(STAGE.load(word))
    places = [n for n, p in signature.parameters.items() if p.kind != p.KEYWORD_ONLY]
    assert places == [*NEEDED.get(word, {}), "epochs"]


WRONG: list[dict[str, Any]] = [
    {"epochs": 0},
    {"batch_size": -1},
    {"warmup": 1.0},
    {"mixing": "most"},
]


@pytest.mark.parametrize(
    ("word", "wrong"),
    [(w, one) for w in WORDS for one in WRONG if set(one) <= set(STAGE.parameters(w))],
)
def test_values_out_of_range_are_refused(word, wrong) -> None:
    [(name, value)] = wrong.items()
    with pytest.raises(RecipeError, match=rf"\.{name}: .*Received: {value!r}\."):
        built(word, **wrong)
    [problem] = STAGE.check({"type": word, **NEEDED.get(word, {}), **wrong}, "stages.0")
    assert problem.path == f"stages.0.{name}"


def vectors(rows: int = 96) -> dict[str, Any]:
    """Two inputs that are two views of one thing, and its class."""
    draw = np.random.default_rng(0)
    thing = draw.normal(size=(rows, 2))
    views = {
        name: (thing @ draw.normal(size=(2, 4))).astype("float32")
        for name in ("photo", "sound")
    }
    return {**views, "sold": np.where(thing[:, 0] > 0, "yes", "no")}


# A game has no loss that falls: see tests/pipeline/test_playing.py.
@pytest.mark.slow
@pytest.mark.parametrize("word", sorted(set(WORDS) - {"game"}))
def test_every_kind_learns_something(word, tmp_path) -> None:
    mine = built(word, **NEEDED.get(word, {}), learning_rate=0.003, batch_size=16)
    made = sm.Recipe(
        vectors(),
        {"photo": "vector", "sound": "vector"},
        {"sold": "classification"},
        fusion=STACKING if word == "stack" else "concat",
        stages=[mine, sm.Stage(1, name="rest")],
        split={"valid": 0.2},
    )
    told: list[tuple[str, Any]] = []
    sm.fit(made, tmp_path / "run", cache=False, report=lambda *said: told.append(said))
    steps = mine.steps(made.parts())
    histories = [values["history"] for event, values in told if event == "stage_end"]
    assert [history.stage for history in histories[:-1]] == [s.name for s in steps]
    for step, history in zip(steps, histories, strict=False):
        losses = [epoch["val_loss"] for epoch in history.epochs]
        if step.objective != "folds":  # a fold has no weights of the one before
            assert min(losses[1:]) < losses[0], step.name
        learned = {row["part"] for row in history.learners if row["learns"]}
        own = set(made.parts().every) - set(step.copied)  # copies are disposable
        assert learned & own == set(step.learn), step.name
