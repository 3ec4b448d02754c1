from __future__ import annotations

import subprocess
import sys

import pytest

from sensorium.errors import RecipeError
from sensorium.recipe.roles import FEATURE, FUSION
from sensorium.schema import Role


def test_an_unknown_word_gets_a_hint() -> None:
    problems = FEATURE.check({"type": "numbr"}, "inputs.x")
    assert "Did you mean `number`?" in str(problems[0])
    with pytest.raises(RecipeError, match="there is no kind of input"):
        FEATURE.load("numbr")


def test_a_word_alone_stands_for_its_defaults() -> None:
    assert FEATURE.build("number") == FEATURE.build({"type": "number"})


@pytest.mark.parametrize("document", [None, 3, [], {"columns": "a"}])
def test_what_is_no_component_is_refused(document: object) -> None:
    problems = FEATURE.check(document, "inputs.x")
    assert "a mapping with `type`" in problems[0].message


def test_document_and_component_round_trip() -> None:
    document = {"type": "number", "columns": ("a", "b"), "scale": "standard"}
    component = FEATURE.build(document)
    assert FEATURE.document(component) == document


def test_documents_are_checked_without_keras() -> None:
    code = (
        "import sys; from sensorium.recipe.roles import FUSION;"
        "found = FUSION.check({'type': 'concat', 'unitz': 1}, 'fusion');"
        "assert 'keras' not in sys.modules; print(found[0])"
    )
    answer = subprocess.run(  # our own interpreter, our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "Did you mean `units`?" in answer.stdout


def test_a_class_of_the_users_own_is_found_by_its_name() -> None:
    role = Role("fusion", FUSION.table, lambda word: dict if word == "my>D" else None)
    assert role.load("my>D") is dict
    assert "there is no fusion `my>E`" in str(role.check("my>E", "fusion")[0])
