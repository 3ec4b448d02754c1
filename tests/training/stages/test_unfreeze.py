"""`unfreeze`: one group of layers more in every step."""

from __future__ import annotations

import pytest

from sensorium.training.stages.unfreeze import Unfreeze
from tests.training.stages.made import PARTS, TOP


def test_the_first_step_is_without_encoders_and_each_takes_a_group_more() -> None:
    steps = Unfreeze(groups=3).steps(PARTS)
    assert [step.groups for step in steps] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [step.learn for step in steps] == [TOP, *[PARTS.every] * 3]
    assert [step.name for step in steps] == [
        f"unfreeze ({count} of 3 groups)" for count in range(4)
    ]


@pytest.mark.parametrize("decay", [1.0, 4.0])
def test_the_decay_is_that_of_every_step(decay) -> None:
    assert {step.decay for step in Unfreeze(decay=decay).steps(PARTS)} == {decay}


def test_without_a_word_it_is_the_papers() -> None:
    assert Unfreeze().decay == 2.6
