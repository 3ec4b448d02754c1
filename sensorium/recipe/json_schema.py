"""The JSON Schema of a recipe, for editors."""

from __future__ import annotations

from typing import Any

from pydantic.errors import PydanticInvalidForJsonSchema

from sensorium.recipe.declaration import Recipe
from sensorium.recipe.roles import (
    BALANCE,
    ENCODER,
    FEATURE,
    FUSION,
    HEAD,
    INPUT_BALANCE,
    STAGE,
)
from sensorium.schema import Parameter, Role, parameters_of
from sensorium.schema.parameters import REQUIRED


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a recipe's YAML document."""
    top = {name: _of(item) for name, item in parameters_of(Recipe).items()}
    top["data"] = {"description": "A path, paths of train, valid and test, or a join."}
    top["inputs"] = _mapping_of(FEATURE)
    top["outputs"] = _mapping_of(HEAD)
    top["fusion"] = _role(FUSION)
    top["stages"] = {"type": "array", "items": _stage()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Sensorium recipe",
        "type": "object",
        "properties": top,
        "$defs": {
            "encoder": _role(ENCODER),
            "balance": _role(BALANCE),
            "input_balance": _role(INPUT_BALANCE),
        },
        "required": ["data", "inputs", "outputs"],
        "additionalProperties": False,
    }


def _mapping_of(role: Role) -> dict[str, Any]:
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": _role(role),
    }


def _role(role: Role) -> dict[str, Any]:
    words = list(role.table)
    return {"anyOf": [{"enum": words}, *(_word(role, word) for word in words)]}


def _stage() -> dict[str, Any]:
    others = (_word(STAGE, word) for word in STAGE.table if word != "train")
    return {"anyOf": [_word(STAGE, "train", optional=True), *others]}


def _word(role: Role, word: str, *, optional: bool = False) -> dict[str, Any]:
    parameters = role.parameters(word)
    properties = {name: _of(item) for name, item in parameters.items()}
    required = [name for name, p in parameters.items() if p.default is REQUIRED]
    return {
        "type": "object",
        "properties": {"type": {"const": word}, **properties},
        "required": required if optional else ["type", *required],
        "additionalProperties": False,
    }


def _of(parameter: Parameter) -> dict[str, Any]:
    if parameter.role == "encoder":
        return {"$ref": "#/$defs/encoder"}
    if parameter.role == "input_balance":
        return {"$ref": "#/$defs/input_balance", "default": parameter.default}
    if parameter.role == "balance":
        return {"anyOf": [{"$ref": "#/$defs/balance"}, {"type": "null"}]}
    try:
        found = parameter.adapter.json_schema()
    except PydanticInvalidForJsonSchema:  # an argument that only Python can give
        found = {}
    if parameter.default is not REQUIRED:
        default = parameter.default
        found["default"] = list(default) if isinstance(default, tuple) else default
    return found
