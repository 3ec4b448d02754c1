"""The annotations that declared constructors use, with their ranges.

Only names from here, from `typing`, `collections.abc` and built-in types may stand in
the annotations of a declared constructor: they are also read from source, without
importing the class (see `sensorium.schema.parameters`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field


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

Pair = Annotated[Sequence[Positive], Field(min_length=2, max_length=2)]
"""Two whole numbers from 1, e.g. height and width."""

EncoderArgument = Annotated[Any, Component("encoder")]
"""An encoder, or its document."""

DecoderArgument = Annotated[Any, Component("decoder")]
"""A decoder, or its document."""
