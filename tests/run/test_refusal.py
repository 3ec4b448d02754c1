"""Refusals say where and why, and cannot be used to write on a terminal."""

from __future__ import annotations

import copy
import pickle
from typing import get_args

import pytest

from sensorium.run.refusal import Reason, refused, shown


@pytest.mark.parametrize("reason", get_args(Reason))
def test_a_refusal_survives_pickling_with_its_reason(reason) -> None:
    error = refused(reason, "x.sensorium", "expected more", 3, "Try again.")
    assert str(error) == "x.sensorium: expected more. Received: 3. Try again."
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert (str(again), again.reason) == (str(error), reason)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("größe 1", "größe 1"),
        ("a\x1b[2Jb", r"'a\x1b[2Jb'"),
        ("a\nb", r"'a\nb'"),
        ("a\u202eb", r"'a\u202eb'"),
    ],
)
def test_names_are_shown_printable(name, expected) -> None:
    assert shown(name) == expected


def test_long_names_are_cut() -> None:
    assert shown("x" * 60) == "x" * 60
    assert len(shown("x" * 10_000)) == 80
