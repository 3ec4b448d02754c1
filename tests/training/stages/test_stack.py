"""`stack`: weights out of folds, then the members on all rows."""

from __future__ import annotations

from sensorium.training.stages.stack import Stack
from tests.training.stages.made import PARTS


def test_weights_are_learned_before_the_members_learn_from_all_rows() -> None:
    folds, members = Stack(folds=3, freeze=["photo"]).steps(PARTS)
    assert (folds.name, members.name) == ("stack (3 folds)", "stack (members)")
    assert (folds.objective, members.objective) == ("folds", "members")
    assert (folds.folds, members.folds) == (3, 0)
    for step in (folds, members):
        assert step.learn == ("sound", "fusion", "trunk", "sold", "price")
        assert (step.inputs, step.outputs) == (PARTS.inputs, PARTS.outputs)
