"""`lp_ft`: first what stands on the encoders learns, then everything."""

from __future__ import annotations

from sensorium.training.stages.lp_ft import LPFT
from tests.training.stages.made import PARTS, TOP


def test_the_probe_comes_first_and_has_epochs_of_its_own() -> None:
    probe, finetune = LPFT(3, probe_epochs=7).steps(PARTS)
    assert (probe.name, finetune.name) == ("lp_ft (probe)", "lp_ft (finetune)")
    assert (probe.learn, finetune.learn) == (TOP, PARTS.every)
    assert (probe.stage.epochs, finetune.stage.epochs) == (7, 3)
    assert probe.outputs == finetune.outputs == PARTS.outputs
    assert probe.inputs == finetune.inputs == PARTS.inputs


def test_each_part_has_its_rate() -> None:
    probe, finetune = LPFT(learning_rate=0.5, finetune_rate=0.25).steps(PARTS)
    assert set(probe.rates(PARTS.every).values()) == {0.5}
    assert set(finetune.rates(PARTS.every).values()) == {0.25}
