"""`probe`: everything but the encoders learns."""

from __future__ import annotations

from sensorium.training import Parts
from sensorium.training.stages.probe import Probe
from tests.training.stages.made import PARTS, TOP, only_step


def test_all_but_the_encoders_learn() -> None:
    step = only_step(Probe())
    assert step.learn == TOP
    assert (step.inputs, step.outputs) == (PARTS.inputs, PARTS.outputs)


def test_a_network_without_trunk_has_none_to_teach() -> None:
    [step] = Probe().steps(Parts(("a",), ("b",)))
    assert step.learn == ("fusion", "b")
