"""The annotations that declared constructors use, with their ranges.

Only names from here, from `typing`, `collections.abc` and built-in types may stand in
the annotations of a declared constructor: they are also read from source, without
importing the class (see `sensorium.schema.parameters`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema


@dataclass(frozen=True)
class Component:
    """Marks an argument that holds another component, by the name of its role.

    Args:
        role: Name of the role, e.g. `encoder`.
    """

    role: str


Positive = Annotated[int, Field(gt=0)]
"""A whole number from 1."""

Count = Annotated[int, Field(ge=0)]
"""A whole number from 0."""

NonNegative = Annotated[float, Field(ge=0)]
"""A number from 0."""

PositiveFloat = Annotated[float, Field(gt=0)]
"""A number greater than 0."""

Fraction = Annotated[float, Field(ge=0, lt=1)]
"""A number in [0, 1)."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A number in [0, 1]."""

Levels = Annotated[
    Sequence[Annotated[float, Field(gt=0, lt=1)]], Field(min_length=1, max_length=100)
]
"""Numbers greater than 0 and less than 1, e.g. quantiles."""

Pair = Annotated[Sequence[Positive], Field(min_length=2, max_length=2)]
"""Two whole numbers from 1, e.g. height and width."""


def _own_name(word: str) -> str:
    if ">" not in word:
        raise ValueError("a name registered with Keras, e.g. `mine>name`")
    return word


OwnName = Annotated[
    str,
    AfterValidator(_own_name),
    WithJsonSchema({"type": "string", "pattern": ">"}),
]
"""A name under which the user registered something with Keras."""

LossArgument = OwnName | Mapping[str, Any] | SkipJsonSchema[Callable[..., Any]]
"""A loss of the user's: a registered name, a mapping with `type` and arguments, or in
Python a Keras loss or a function."""

EncoderArgument = Annotated[Any, Component("encoder")]
"""An encoder, or its document."""

BalanceArgument = Annotated[Any, Component("balance")]
"""A balance of losses, or its document."""

InputBalanceArgument = Annotated[Any, Component("input_balance")]
"""A balance of inputs, or its document."""

DecoderArgument = Annotated[Any, Component("decoder")]
"""A decoder, or its document."""
