"""`distill`: all learn, with what encoders said before as further labels."""

from __future__ import annotations

import pytest

from sensorium.errors import RecipeError
from sensorium.training.stages.distill import Distill
from tests.training.stages.made import PARTS, only_step


def test_everything_learns_and_the_weight_of_the_distance_is_kept() -> None:
    step = only_step(Distill(alpha=0.25))
    assert (step.objective, step.alpha) == ("distillation", 0.25)
    assert step.learn == PARTS.every
    assert step.outputs == PARTS.outputs


def test_frozen_parts_do_not_learn() -> None:
    step = only_step(Distill(freeze=["photo", "heads"]))
    assert step.learn == ("sound", "fusion", "trunk")


def test_a_weight_of_zero_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"Distill.alpha: .*greater than 0"):
        Distill(alpha=0.0)
