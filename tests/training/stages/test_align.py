"""`align`: two or more encoders learn without labels."""

from __future__ import annotations

from sensorium.training.stages.align import Align
from tests.training.stages.made import PARTS, only_step


def test_the_encoders_alone_learn_to_recognise_each_other() -> None:
    step = only_step(Align(["sound", "photo"], units=7))
    assert (step.objective, step.units) == ("alignment", 7)
    assert step.inputs == step.learn == PARTS.inputs
    assert (step.outputs, step.heads, step.copied) == ((), {}, ())
