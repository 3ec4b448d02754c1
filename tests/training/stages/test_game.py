"""`game`: one encoder against a generator that nobody keeps."""

from __future__ import annotations

import pytest

from sensorium.training.stages.game import RATE, Game
from tests.training.stages.made import only_step


def test_the_encoder_alone_learns() -> None:
    step = only_step(Game("photo", 3, loss="hinge", noise=8, width=4, table="other"))
    assert (step.objective, step.learn, step.inputs) == ("game", ("photo",), ("photo",))
    assert (step.outputs, step.heads, step.copied) == ((), {}, ())
    assert step.game == {"loss": "hinge", "noise": 8, "width": 4}
    assert (step.tables, step.stage.epochs) == (("other",), 3)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (RATE, RATE)),
        ({"learning_rate": 0.5}, (0.5, 0.5)),
        ({"learning_rate": {"photo": 0.5}}, (0.5, RATE)),
        ({"learning_rate": {"others": 0.5}}, (0.5, 0.5)),
        ({"learning_rate": {"photo": 0.5, "others": 0.25}}, (0.5, 0.25)),
    ],
)
def test_rates_of_the_encoder_and_of_the_generator(given, expected) -> None:
    step = only_step(Game("photo", **given))
    rates = step.rates(["photo"])["photo"], step.stage.rates(["others"])["others"]
    assert rates == expected
