from __future__ import annotations

import pytest

from sensorium.errors import RecipeError
from sensorium.schema import (
    Declared,
    Fraction,
    Pair,
    Positive,
    arguments_of,
)


class Part(Declared):
    """A declared class of the tests."""

    def __init__(
        self, units: Positive = 3, *, dropout: Fraction = 0.1, size: Pair | None = None
    ) -> None:
        self.units = units
        self.dropout = dropout
        self.size = size


def test_all_mistakes_of_a_call_come_in_one_error() -> None:
    with pytest.raises(RecipeError) as caught:
        Part(units=-1, dropot=0.5, size=[1])  # type: ignore[call-arg]
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["Part.dropot", "Part.units", "Part.size"]
    assert "Did you mean `dropout`?" in str(caught.value)
    assert "greater than 0. Received: -1" in str(caught.value)


def test_text_is_not_taken_for_a_number() -> None:
    with pytest.raises(RecipeError, match=r"a whole number\. Received: '3'"):
        Part(units="3")  # type: ignore[arg-type]


def test_a_whole_number_is_a_number() -> None:
    assert Part(dropout=0) == Part(dropout=0.0)


def test_lists_and_tuples_give_equal_components() -> None:
    assert Part(size=[4, 5]) == Part(size=(4, 5))
    assert hash(Part(size=[4, 5])) == hash(Part(size=(4, 5)))


def test_arguments_leave_out_defaults() -> None:
    assert arguments_of(Part(7)) == {"units": 7}
    assert arguments_of(Part(7), defaults=True) == {
        "units": 7,
        "dropout": 0.1,
        "size": None,
    }


def test_too_many_positions_are_refused() -> None:
    with pytest.raises(RecipeError, match="at most 3 arguments"):
        Part(1, 0.1, None, 4)  # type: ignore[misc]


def test_different_classes_are_not_equal() -> None:
    assert Part() != object()
