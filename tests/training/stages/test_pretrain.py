"""`pretrain`: encoders learn from labels of their own by heads thrown away."""

from __future__ import annotations

from sensorium.training.stages.pretrain import Pretrain
from tests.training.stages.made import PARTS, only_step


def test_without_heads_copies_of_the_outputs_serve() -> None:
    step = only_step(Pretrain(["photo"]))
    assert step.inputs == step.learn == ("photo",)
    assert step.copied == PARTS.outputs
    assert (step.outputs, step.heads) == ((), {})


def test_a_head_of_one_input_keeps_its_name_and_sees_that_input() -> None:
    step = only_step(Pretrain(["photo"], heads={"breed": "classification"}))
    assert step.copied == ()
    assert step.heads == {
        "breed": {"type": "classification", "column": "breed", "reads": "photo"}
    }


def test_every_head_stands_once_for_every_input() -> None:
    head = {"type": "regression", "column": "kg", "weight": 0.5}
    step = only_step(Pretrain(["sound", "photo"], heads={"size": head}))
    assert step.learn == PARTS.inputs
    assert step.heads == {
        "size_photo": {**head, "reads": "photo"},
        "size_sound": {**head, "reads": "sound"},
    }
