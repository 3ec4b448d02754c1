"""`finetune`: as `train`, at a tenth of its rate."""

from __future__ import annotations

from sensorium.training import Stage
from sensorium.training.stages.finetune import Finetune
from tests.training.stages.made import PARTS, only_step


def test_everything_learns_at_a_low_rate() -> None:
    step = only_step(Finetune())
    assert step.learn == PARTS.every
    assert step.outputs == PARTS.outputs
    assert set(step.rates(PARTS.every).values()) == {1e-4}
    assert Stage().learning_rate == 1e-3


def test_frozen_parts_do_not_learn() -> None:
    step = only_step(Finetune(freeze=["encoders", "fusion"]))
    assert step.learn == ("trunk", "sold", "price")
