from __future__ import annotations

from typing import Any

import pytest

import sensorium as sm

OWN = {"own": {"type": "classification", "column": "c"}}
ALIGN = {"type": "align", "inputs": ["a", "b"]}


def problems(*stages: dict[str, Any], **outputs: Any) -> list[str]:
    document = {
        "data": "x.csv",
        "inputs": {"a": "number", "b": "number"},
        "outputs": {"sold": "classification", "price": "regression", **outputs},
        "stages": [*stages, {"type": "train"}],
    }
    return [str(problem) for problem in sm.Recipe.problems(document)]


@pytest.mark.parametrize(
    "stage",
    [
        {"monitor": "sold"},
        {"monitor": "scaled"},
        {"monitor": "each", "outputs": ["price"]},
        {"type": "pretrain", "inputs": ["a", "b"], "monitor": "sold_b"},
        {"type": "pretrain", "inputs": ["a"], "monitor": "sold"},
        {"type": "pretrain", "inputs": ["a"], "heads": OWN, "monitor": "own"},
        ALIGN,
    ],
)
def test_scores_that_a_stage_has(stage) -> None:
    assert problems(stage) == []


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (
            {"monitor": "sould"},
            "stages.0.monitor: this stage trains no output `sould`. Did you mean "
            "`sold`?",
        ),
        (
            {"monitor": "sold", "outputs": ["price"]},
            "stages.0.monitor: this stage trains no output `sold`. Known: `total`, "
            "`scaled`, `each`, `price`.",
        ),
    ],
)
def test_scores_that_it_has_not(stage, expected) -> None:
    assert problems(stage) == [expected]


def test_an_output_must_not_be_called_like_a_score_that_is_asked_for() -> None:
    [problem] = problems({"monitor": "each"}, each="regression")
    assert problem.startswith("stages.0.monitor: `each` is an output and a score")


def test_an_alignment_has_no_score_but_its_own() -> None:
    [problem] = problems({**ALIGN, "monitor": "each"})
    assert problem.startswith("stages.0.monitor: `align` has no argument `monitor`.")
