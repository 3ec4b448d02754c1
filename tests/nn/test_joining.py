from __future__ import annotations

import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders import MLP
from sensorium.nn.heads import Regression
from sensorium.nn.joining import check_inputs, check_outputs, join_problems

INPUTS = {"photo": None, "text": None}


def test_known_names_pass() -> None:
    check_inputs(INPUTS, {"photo": 1, "text": 2, "text/present": 3})
    check_outputs(INPUTS, {"photo": 1}, "`loss`")
    assert join_problems({"a": MLP()}, None, {"b": Regression()}) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"photos": 1, "text": 1}, "no input `photos`. Did you mean `photo`"),
        ({"zzz": 1}, "no input `zzz`. Known: `photo`, `text`"),
        ({"text": 1}, "`photo` is missing. Give it, or zeros with `photo/present`"),
        ([1, 2], "expected a dict of the inputs `photo`, `text` by name"),
    ],
)
def test_wrong_inputs_are_said_in_one_sentence(given, message) -> None:
    with pytest.raises(DataError, match=message):
        check_inputs(INPUTS, given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"txt": 1}, "`loss`: there is no output `txt`. Did you mean `text`"),
        ({"zzz": 1}, "Known: `photo`, `text`"),
        ("mse", r"expected a dict by the names of outputs \(`photo`, `text`\)"),
    ],
)
def test_wrong_outputs_are_said_in_one_sentence(given, message) -> None:
    with pytest.raises(DataError, match=message):
        check_outputs(INPUTS, given, "`loss`")


def test_every_problem_has_its_path() -> None:
    shared = MLP()
    problems = join_problems(
        {"a": shared, "b": shared, "c/d": 3}, "x", {"trunk": MLP()}
    )
    assert [problem.path for problem in problems] == [
        "c/d",
        "trunk",
        "encoders.c/d",
        "heads.trunk",
        "b",
        "fusion",
    ]
