from __future__ import annotations

import pytest

import sensorium as sm
from sensorium.recipe.stack_checks import stack_problems
from sensorium.training.stages.stack import Stack

STACKING = {"type": "late", "mode": "stacking"}


def problems(*stages, fusion=STACKING) -> list[str]:
    return [str(item) for item in stack_problems(stages, fusion)]


@pytest.mark.parametrize(
    ("stages", "fusion", "expected"),
    [
        ([], STACKING, None),
        ([{"type": "stack"}], STACKING, None),
        ([{"type": "train"}, {"type": "stack", "folds": 2}], STACKING, None),
        ([{"type": "train"}], {"type": "late"}, None),
        ([{"type": "train"}], STACKING, "fusion.mode: no stage learns the weights"),
        ([{"type": "stack"}], {"type": "late"}, "stages.0: `stack` learns how late"),
        ([{"type": "stack"}], "concat", "stages.0: `stack` learns how late"),
        ([{"type": "stack", "monitor": "scaled"}], STACKING, None),
        ([{"type": "stack", "monitor": "y"}], STACKING, "stages.0.monitor: `stack` tr"),
        ([{"type": "stack", "adversarial": {}}], STACKING, None),
        ([{"type": "stack", "adversarial": {"w": 1}}], STACKING, "stages.0.adversaria"),
        ([{"type": "stack", "folds": 1}], STACKING, "stages.0.folds: one fold leaves"),
        ([{"type": "stack", "freeze": ["fusion"]}], STACKING, "stages.0.freeze: `sta"),
    ],
)
def test_fusion_and_stages_must_fit(stages, fusion, expected) -> None:
    found = problems(*stages, fusion=fusion)
    assert [text[: len(expected or "")] for text in found] == [expected] * len(found)
    assert len(found) == (expected is not None)


def test_a_recipe_that_stacks_needs_no_stages() -> None:
    inputs, outputs = {"x": "number", "z": "number"}, {"y": "classification"}
    recipe = sm.Recipe("x.csv", inputs, outputs, fusion=STACKING)
    assert [step.objective for step in recipe.steps()] == ["folds", "members"]
    assert recipe.steps()[0].folds == Stack().folds == 5
    with pytest.raises(sm.errors.RecipeError, match=r"Add `- \{type: stack\}`"):
        sm.Recipe("x.csv", inputs, outputs, fusion=STACKING, stages=[sm.Stage()])
    given = {"type": "number", "encoder": {"type": "run", "path": "run"}}
    recipe = sm.Recipe("x.csv", {**inputs, "x": given}, outputs, fusion=STACKING)
    assert recipe.steps()[0].learn == ("z", "fusion", "y")
