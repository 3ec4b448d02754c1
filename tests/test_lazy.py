"""Names that are imported when they are first used."""

from __future__ import annotations

import sys

import pytest

from sensorium._lazy import lazy

NAMES = {"decoder": "json.decoder", "fault": "json.decoder:JSONDecodeError"}


def test_a_name_gives_its_module() -> None:
    assert lazy(NAMES)("decoder") is sys.modules["json.decoder"]


def test_a_name_gives_what_the_module_holds() -> None:
    assert lazy(NAMES)("fault").__name__ == "JSONDecodeError"


def test_an_unknown_name_is_an_attribute_error_that_says_it() -> None:
    with pytest.raises(AttributeError, match="'decodr'"):
        lazy(NAMES)("decodr")


def test_nothing_is_imported_before_a_name_is_used(monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    attribute = lazy({"colours": "colorsys"})
    assert "colorsys" not in sys.modules
    attribute("colours")
    assert "colorsys" in sys.modules


def test_a_table_with_a_wrong_name_does_not_hide_it() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        lazy({"wrong": "json:no_such_name"})("wrong")


def test_protocol_names_that_python_asks_for_are_refused() -> None:
    # `copy` and `pickle` ask modules for such names and rely on the AttributeError.
    with pytest.raises(AttributeError):
        lazy(NAMES)("__deepcopy__")
