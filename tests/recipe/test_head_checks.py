from __future__ import annotations

import pytest

import sensorium as sm
from sensorium.recipe.head_checks import head_problems

OWN = {"type": "mine>cubic", "power": 2}


@pytest.mark.parametrize(
    "document",
    [
        "regression",
        {"type": "regression", "loss": {"type": "huber", "delta": 0.5}},
        {"type": "regression", "loss": OWN},
        {"type": "regression", "loss": "mine>cubic"},
        {"type": "classification", "loss": "focal", "gamma": 1},
        {"type": "flags", "loss": "focal", "label_smoothing": 0.1},
    ],
)
def test_right_heads(document) -> None:
    assert list(head_problems(document, "outputs.y")) == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"type": "regression", "loss": {"type": "hubr"}},
            "outputs.y.loss.type: there is no loss `hubr` with arguments. "
            "Did you mean `huber`?",
        ),
        (
            {"type": "classification", "gamma": 1.0},
            "outputs.y.gamma: counts only with `loss: focal`. Say that too, or take "
            "`gamma` out.",
        ),
        (
            {"type": "regression", "loss": "log_cos"},
            "outputs.y.loss: expected one of 'mse', 'huber', 'mae', 'log_cosh', 'mape' "
            "or 'msle' or a name registered with Keras, e.g. `mine>name` or a mapping "
            "or a function. Received: 'log_cos'. Did you mean `log_cosh`?",
        ),
    ],
)
def test_wrong_heads_are_named_with_what_to_do(document, expected) -> None:
    assert [str(p) for p in head_problems(document, "outputs.y")] == [expected]


def test_disposable_heads_are_checked_alike() -> None:
    head = {"type": "classification", "gamma": 1.0}
    stage = {"type": "pretrain", "inputs": ["x"], "heads": {"z": head}}
    data = {
        "data": "x.csv",
        "inputs": {"x": "number"},
        "outputs": {"y": "regression"},
        "stages": [stage, {"type": "train"}],
    }
    [problem] = sm.Recipe.problems(data)
    assert str(problem).startswith("stages.0.heads.z.gamma: counts only with")
