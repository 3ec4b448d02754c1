"""A stage's ranges, and the batch size it chooses."""

from __future__ import annotations

import pytest

from sensorium.errors import RecipeError
from sensorium.training import STAGES, Parts, Stage
from tests.run.samples import run_python


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (1, 16),
        (639, 16),
        (1279, 16),
        (1280, 32),  # 40 steps of 32
        (5119, 64),
        (10_240, 256),
        (10_000_000, 256),
    ],
)
def test_an_epoch_has_about_forty_steps_of_a_power_of_two(rows, expected) -> None:
    assert Stage().rows_a_step(rows) == expected


def test_a_given_batch_size_is_kept() -> None:
    assert Stage(batch_size=7).rows_a_step(10_000) == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"learning_rate": -1.0},
        {"warmup": 1.0},
        {"warmup": -0.1},
        {"schedule": "linear"},
        {"patience": 0},
        {"name": 3},
    ],
)
def test_values_out_of_range_are_refused(wrong) -> None:
    with pytest.raises(RecipeError, match=f"Stage.{next(iter(wrong))}: "):
        Stage(**wrong)


def test_a_stage_needs_no_keras() -> None:
    code = "import sys; from sensorium.training import Stage; Stage(); "
    assert run_python(code + "print('keras' in sys.modules)").strip() == "False"


def test_the_table_names_the_class() -> None:
    assert STAGES["train"] == f"{Stage.__module__}:{Stage.__qualname__}"


def test_a_stage_trains_the_outputs_that_it_names() -> None:
    parts = Parts(("a",), ("x", "y"))
    [step] = Stage(outputs=["y"]).steps(parts)
    assert step.outputs == ("y",)
    assert step.learn == ("a", "fusion", "y")
    assert Stage().steps(parts)[0].outputs == ("x", "y")
