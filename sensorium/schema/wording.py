"""Pydantic's error kinds in the user's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLAIN = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "tuple_type": "a list",
    "sequence_str": "a list",
    "is_instance_of": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "none_required": "nothing (null)",
    "callable_type": "a function",
    "missing": "a longer list",
}

_RANGES = {
    "greater_than": ("gt", "a number greater than {}"),
    "greater_than_equal": ("ge", "a number of at least {}"),
    "less_than": ("lt", "a number less than {}"),
    "less_than_equal": ("le", "a number of at most {}"),
    "too_short": ("min_length", "at least {} entries"),
    "too_long": ("max_length", "at most {} entries"),
    "string_too_short": ("min_length", "a text of at least {} characters"),
    "literal_error": ("expected", "one of {}"),
}


def expectation(error: Mapping[str, Any]) -> str:
    """Says what was expected, for one entry of `ValidationError.errors()`."""
    kind = error["type"]
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _RANGES:
        key, text = _RANGES[kind]
        return text.format(error["ctx"][key])
    return str(error["msg"]).removeprefix("Value error, ").rstrip(".")
