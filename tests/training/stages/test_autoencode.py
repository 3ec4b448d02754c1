"""`autoencode`: every encoder has a disposable decoder of its own."""

from __future__ import annotations

from sensorium.training.stages.autoencode import Autoencode
from tests.training.stages.made import PARTS, only_step


def test_every_input_is_rebuilt_from_its_own_encoding() -> None:
    step = only_step(Autoencode(["sound", "photo"], loss="mae"))
    assert step.heads == {
        f"{name}_rebuilt": {
            "type": "reconstruction",
            "of": name,
            "reads": name,
            "loss": "mae",
        }
        for name in ("photo", "sound")
    }
    assert step.inputs == step.learn == PARTS.inputs
    assert (step.outputs, step.copied, step.objective) == ((), (), "labels")


def test_inputs_that_are_not_named_are_not_computed() -> None:
    step = only_step(Autoencode(["photo"]))
    assert step.inputs == step.learn == ("photo",)
    assert list(step.heads) == ["photo_rebuilt"]
