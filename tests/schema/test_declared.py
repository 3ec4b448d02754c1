from __future__ import annotations

import inspect
from typing import Any

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


class Wide(Part):
    """Takes the settings of `Part` but one, and has a default of its own."""

    refuses = ("size",)

    def __init__(
        self, name: str, units: Positive = 7, *, rate: Fraction = 0.5, **settings: Any
    ) -> None:
        super().__init__(units, **settings)
        self.name = name
        self.rate = rate


def test_settings_of_the_base_are_taken_checked_and_told() -> None:
    assert arguments_of(Wide("a", dropout=0.3)) == {"name": "a", "dropout": 0.3}
    assert arguments_of(Wide("a"), defaults=True) == {
        "name": "a",
        "units": 7,
        "rate": 0.5,
        "dropout": 0.1,
    }
    assert Wide("a", dropout=0.3) == Wide("a", 7, rate=0.5, dropout=0.3)
    with pytest.raises(RecipeError, match=r"Wide\.dropout: .*Received: 2"):
        Wide("a", dropout=2)


def test_a_base_s_setting_that_is_refused_is_an_unknown_argument() -> None:
    with pytest.raises(RecipeError) as caught:
        Wide("a", size=(1, 2), dropot=0.1)
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["Wide.size", "Wide.dropot"]
    assert "Did you mean `dropout`?" in str(caught.value)


def test_help_shows_what_settings_stand_for() -> None:
    assert list(inspect.signature(Wide).parameters) == [
        "name",
        "units",
        "rate",
        "dropout",
    ]


class Open(Declared):
    """Takes more than it says, as layers take Keras's arguments."""

    def __init__(self, units: Positive = 3, **kwargs: Any) -> None:
        self.units = units
        self.kwargs = kwargs


class Opened(Open):
    """Hands all of that on."""

    def __init__(self, *, rate: Fraction = 0.5, **settings: Any) -> None:
        super().__init__(**settings)
        self.rate = rate


def test_what_the_base_takes_beside_its_settings_reaches_it() -> None:
    made = Opened(rate=0.1, units=2, name="a")
    assert (made.rate, made.units, made.kwargs) == (0.1, 2, {"name": "a"})
    assert list(inspect.signature(Opened).parameters) == ["rate", "units", "kwargs"]


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
