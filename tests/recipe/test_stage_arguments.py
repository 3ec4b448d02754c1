"""Arguments of stages that are right by themselves and wrong for the recipe."""

from __future__ import annotations

from typing import Any

import pytest

from sensorium.recipe.stage_arguments import argument_problems

INPUTS = {
    "photo": {"type": "image"},
    "sound": "signal",
    "review": {"type": "text"},
    "city": "category",
}
OWN_RATE = {"type": "sgd", "learning_rate": 0.1}


def found(**stage: Any) -> list[str]:
    document = {"type": "train", **stage}
    return [str(problem) for problem in argument_problems([document], INPUTS)]


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ({"type": "pretrain", "inputs": []}, "inputs: names no input."),
        (
            {"type": "align", "inputs": ["photo"]},
            "inputs: alignment needs two inputs or more.",
        ),
        (
            {"type": "align", "inputs": ["photo", "photo"]},
            "inputs: names the input `photo` twice. Name it once.",
        ),
        (
            {"table": []},
            "table: names no table. Leave `table` out to learn from the recipe's "
            "`data`.",
        ),
        (
            {"table": ["a", "b", "a"]},
            "table: names the table `a` twice. Name it once.",
        ),
        (
            {"optimizer": OWN_RATE, "learning_rate": {"photo": 0.5}},
            "optimizer: the optimizer has one learning rate of its own, but "
            "`learning_rate` names several. Take `learning_rate` out of `optimizer`.",
        ),
        (
            {
                "optimizer": {"photo": OWN_RATE, "others": OWN_RATE},
                "learning_rate": {"photo": 0.5},
            },
            "optimizer.photo: the optimizer has one learning rate of its own, but "
            "`learning_rate` names another. Take `learning_rate` out of `optimizer`.",
        ),
        (
            {"type": "unfreeze", "optimizer": OWN_RATE},
            "optimizer: the optimizer has one learning rate of its own, but `unfreeze` "
            "learns at several. Take `learning_rate` out of `optimizer`.",
        ),
        (
            {"type": "lp_ft", "optimizer": OWN_RATE},
            "optimizer: the optimizer has one learning rate of its own, but `lp_ft` "
            "learns at several. Take `learning_rate` out of `optimizer`.",
        ),
        (
            {"type": "pretrain", "inputs": ["photo"], "heads": {}},
            "heads: names no head. Leave `heads` out to take copies of the outputs.",
        ),
        (
            {"type": "pretrain", "inputs": ["photo"], "heads": {"a/b": "flags"}},
            "heads.a/b: a name must be a text without `/`. Rename it and set `column`.",
        ),
        (
            {"type": "pretrain", "inputs": ["photo"], "heads": {"photo": "flags"}},
            "heads.photo: `photo` is another part. Rename it and set `column`.",
        ),
        (
            {"type": "pretrain", "inputs": ["photo"], "heads": {"fusion": "flags"}},
            "heads.fusion: `fusion` is another part. Rename it and set `column`.",
        ),
        (
            {
                "type": "pretrain",
                "inputs": ["photo"],
                "heads": {"again": {"type": "reconstruction", "of": "photo"}},
            },
            "heads.again: an input is rebuilt by a stage of its own. Write "
            "`{type: autoencode, inputs: [...]}`.",
        ),
        (
            {"type": "autoencode", "inputs": ["photo", "review"]},
            "inputs: `review` is a text input, which cannot be rebuilt. Kinds that "
            "can: `number`, `image`, `signal`, `vector`.",
        ),
        (
            {"adversarial": {"photo": 1.0}},
            "adversarial: the stage learns from one table, so there is nothing to "
            "hide. Name two or more: `table: [data, OTHER]`, with "
            "`tables: {OTHER: ...}`.",
        ),
        (
            {"adversarial": {"foto": 1.0}, "table": ["data", "other"]},
            "adversarial.foto: there is no input `foto`. Did you mean `photo`?",
        ),
        (
            {
                "adversarial": {"photo": 1.0},
                "table": ["data", "other"],
                "freeze": ["encoders"],
            },
            "adversarial.photo: `photo` does not learn in this stage, so it cannot "
            "hide anything.",
        ),
    ],
)
def test_a_mistake_gets_its_sentence(stage: dict[str, Any], message: str) -> None:
    assert found(**stage) == [f"stages.0.{message}"]


@pytest.mark.parametrize(
    "stage",
    [
        {},
        {"type": "align", "inputs": ["photo", "sound"], "table": ["a", "b"]},
        {"type": "autoencode", "inputs": ["photo", "sound"]},
        {"type": "pretrain", "inputs": ["photo"], "heads": {"city": "classification"}},
        {"optimizer": OWN_RATE, "learning_rate": 0.5},
        {"type": "lp_ft", "optimizer": {"type": "sgd", "momentum": 0.5}},
        {"optimizer": "sgd", "learning_rate": {"photo": 0.5}},
        {"adversarial": {"photo": 1.0}, "table": ["data", "other"]},
        {"adversarial": {}},
        {"inputs": 3, "table": {"a": 1}, "optimizer": 5},
    ],
)
def test_what_is_right_or_said_elsewhere_is_left_alone(stage: dict[str, Any]) -> None:
    assert found(**stage) == []


def test_every_stage_is_looked_at() -> None:
    documents = [{"type": "train"}, {"type": "align", "inputs": []}]
    [problem] = argument_problems(documents, INPUTS)
    assert problem.path == "stages.1.inputs"
