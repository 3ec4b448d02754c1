"""Every exception of the tree can be sent to another process and copied."""

from __future__ import annotations

import builtins
import copy
import inspect
import pickle

import pytest

import sensorium.errors
from sensorium.errors import Problem, SensoriumError
from tests.house.sources import ancestors, classes, relative

# How a class is made, where one sentence is not what it takes.
ARGUMENTS = {
    "RecipeError": (
        [
            Problem("inputs.photo.size", "expected two numbers."),
            Problem("", "no outputs."),
        ],
    ),
    "ArtifactError": ("model.sensorium: a byte differs.", "checksum"),
}


def exceptions() -> list[type[SensoriumError]]:
    found = vars(sensorium.errors).values()
    return [
        item
        for item in found
        if inspect.isclass(item) and issubclass(item, SensoriumError)
    ]


def examples() -> list[SensoriumError]:
    return [
        cls(*ARGUMENTS.get(cls.__name__, ("photos.csv, row 4: expected a number.",)))
        for cls in exceptions()
    ]


def name_of(error: SensoriumError) -> str:
    return type(error).__name__


@pytest.mark.parametrize("error", examples(), ids=name_of)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_survives_pickling(error, protocol) -> None:
    same(error, pickle.loads(pickle.dumps(error, protocol=protocol)))


@pytest.mark.parametrize("error", examples(), ids=name_of)
def test_survives_copying(error) -> None:
    same(error, copy.deepcopy(error))
    same(error, copy.copy(error))


@pytest.mark.parametrize("error", examples(), ids=name_of)
def test_keeps_its_notes(error) -> None:
    error.add_note("while reading photos.csv")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["while reading photos.csv"]


def same(error: SensoriumError, other: SensoriumError) -> None:
    assert type(other) is type(error)
    assert str(other) == str(error) != ""
    assert vars(other) == vars(error)
    assert other.args == error.args


@pytest.mark.parametrize("cls", exceptions(), ids=lambda cls: cls.__name__)
def test_is_also_the_builtin_that_callers_expect(cls) -> None:
    if cls is not SensoriumError:
        parents = {base for base in cls.__mro__ if base.__module__ == "builtins"}
        assert parents - {Exception, BaseException, object}


def test_no_other_file_defines_an_exception() -> None:
    raised = {
        name
        for name, item in vars(builtins).items()
        if inspect.isclass(item) and issubclass(item, BaseException)
    } | {cls.__name__ for cls in exceptions()}
    stray = [
        str(found)
        for found in classes().values()
        if relative(found.path) != "sensorium/errors.py"
        and raised & {name.rpartition(".")[2] for name in ancestors(found.node)}  # type: ignore[arg-type]
    ]
    assert stray == []
