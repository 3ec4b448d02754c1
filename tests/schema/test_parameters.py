from __future__ import annotations

from typing import Any

import pytest

from sensorium.recipe.roles import ROLES
from sensorium.schema import check_arguments, parameters_of
from sensorium.schema.parameters import (
    REQUIRED,
    Parameter,
    parameters_from_source,
    show,
)

EVERY = [
    (role.name, word, reference)
    for role in ROLES.values()
    for word, reference in role.table.items()
]


@pytest.mark.parametrize(("role", "word", "reference"), EVERY)
def test_source_and_class_tell_the_same(role: str, word: str, reference: str) -> None:
    by_name = {item.name: item for item in ROLES.values()}
    cls = by_name[role].load(word)
    from_source = parameters_from_source(reference)
    from_class = parameters_of(cls)
    assert list(from_source) == list(from_class)
    for name, parameter in from_class.items():
        assert from_source[name].default == parameter.default
        assert repr(from_source[name].annotation) == repr(parameter.annotation)


def test_a_class_is_found_where_it_is_imported_from() -> None:
    here = parameters_from_source("sensorium.training.stages.probe:Stage")
    assert here == parameters_from_source("sensorium.training.stage:Stage")


@pytest.mark.parametrize("name", ["Nothing", "Parameter"])
def test_what_has_no_constructor_to_read_is_said(name: str) -> None:
    with pytest.raises(LookupError, match=f"`{name}`"):
        parameters_from_source(f"sensorium.schema.parameters:{name}")


def test_a_required_argument_is_asked_for() -> None:
    _, problems = check_arguments("part", {"a": Parameter("a", int)}, {})
    assert str(problems[0]) == "a: `part` needs this argument."


def test_an_unknown_argument_lists_the_known_ones() -> None:
    _, problems = check_arguments(
        "part", {"units": Parameter("units", int, 1)}, {"x": 1}
    )
    assert "It takes `units`" in problems[0].message


def test_a_union_names_every_kind_it_takes() -> None:
    annotation: Any = int | list[str]
    _, problems = check_arguments("p", {"a": Parameter("a", annotation)}, {"a": 1.5})
    assert "expected a whole number or a list. Received: 1.5" in problems[0].message


def test_a_wrong_entry_of_a_list_is_named_by_its_place() -> None:
    _, problems = check_arguments(
        "p", {"a": Parameter("a", list[int])}, {"a": [1, "x"]}
    )
    assert [p.path for p in problems] == ["a.1"]


def test_required_is_shown_as_a_word() -> None:
    assert show(REQUIRED) == "required"
    assert show("x") == "'x'"
