"""Mistakes under a stage's `augment`."""

from __future__ import annotations

from typing import Any

import pytest

import sensorium as sm
from sensorium.training import STAGES

INPUTS = {"photo": "image", "heard": "signal", "facts": "number", "kind": "category"}


def problems(**stage: Any) -> list[str]:
    document = {
        "data": "rows.csv",
        "inputs": {name: {"type": kind} for name, kind in INPUTS.items()},
        "outputs": {"sold": {"type": "classification"}},
        "fusion": {"type": "concat"},
        "stages": [{"type": "train"}, {"type": "train", **stage}],
    }
    return [f"{item.path}: {item.message}" for item in sm.Recipe.problems(document)]


def test_right_settings_are_no_problem() -> None:
    augment: Any = {
        "photo": {"noise": 0.3, "erase": 0.3, "shift": 2, "flip": True, "coarse": 2},
        "heard": {"noise": 1, "erase": 0.35, "shift": 1},
        "facts": {"noise": 0.1},
    }
    assert problems(augment=augment) == []


@pytest.mark.parametrize(
    ("augment", "expected"),
    [
        (
            {"foto": {"noise": 0.1}},
            "stages.1.augment.foto: there is no input `foto`. Did you mean `photo`?",
        ),
        (
            {"photo": {"nois": 0.1}},
            "stages.1.augment.photo.nois: `augment` has no argument `nois`. "
            "Did you mean `noise`?",
        ),
        (
            {"kind": {"noise": 0.1}},
            "stages.1.augment.kind: a category cannot be augmented. These can: "
            "`image`, `signal`, `number`, `vector`, `text`.",
        ),
        (
            {"heard": {"flip": True}},
            "stages.1.augment.heard.flip: a signal has no `flip`. "
            "It takes `erase`, `noise`, `shift`.",
        ),
        (
            {"photo": {"erase": 1.0}},
            "stages.1.augment.photo.erase: expected a number less than 1.0. "
            "Received: 1.0.",
        ),
    ],
)
def test_mistakes_are_named_with_their_path(augment, expected) -> None:
    assert problems(augment=augment) == [expected]


def test_an_input_must_be_one_that_the_stage_teaches() -> None:
    stage = {"type": "pretrain", "inputs": ["heard"]}
    assert problems(**stage, augment={"photo": {"noise": 0.1}}) == [
        "stages.1.augment.photo: this stage does not teach `photo`. "
        "Name it under `inputs:`."
    ]


def test_a_word_in_place_of_settings_is_refused() -> None:
    assert [text.split(":")[0] for text in problems(augment={"photo": "noise"})] == [
        "stages.1.augment"
    ]


@pytest.mark.parametrize("word", sorted(set(STAGES) - {"game"}))  # it takes none
def test_every_kind_of_stage_hands_its_augmentation_on(word) -> None:
    augment = {"photo": {"noise": 0.1}}
    inputs = {"inputs": ["photo", "heard"]} if word in WITH_INPUTS else {}
    fusion = {"type": "late", "mode": "stacking"} if word == "stack" else "concat"
    recipe = sm.Recipe(
        "rows.csv",
        inputs=INPUTS,
        outputs={"sold": "classification"},
        fusion=fusion,
        stages=[{"type": word, "augment": augment, **inputs}, {"type": "train"}],
    )
    told = [step.stage.augment for step in recipe.steps()]
    assert told == [augment] * (len(told) - 1) + [None]


WITH_INPUTS = ("pretrain", "autoencode", "align")
