from __future__ import annotations

import pytest

from sensorium.errors import RecipeError
from sensorium.nn.encoders import Saved
from sensorium.schema import Role

ROLE = Role("encoder", {"saved": "sensorium.nn.encoders.saved:Saved"})


def test_document_and_object_are_equal() -> None:
    document = {"type": "saved", "path": "photo.keras", "at": "code", "pool": "max"}
    assert ROLE.document(ROLE.build(document)) == document


def test_wrong_arguments_are_refused_with_a_hint() -> None:
    with pytest.raises(RecipeError, match="Did you mean `average`"):
        Saved("photo.keras", pool="averge")
