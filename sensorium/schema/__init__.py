"""Typed constructors as documents: checking, building, YAML and JSON Schema.

Knows no machine learning. A *declared* class is described by its typed constructor
alone (`Declared`); a *role* is a table of such classes by the word a document uses for
them (`Role`); a *document* is what was read from YAML or given as plain Python data.
"""

from sensorium.schema.declared import Declared, arguments_of
from sensorium.schema.document import Document, read_yaml, write_yaml
from sensorium.schema.parameters import Parameter, check_arguments, parameters_of
from sensorium.schema.role import Role
from sensorium.schema.types import (
    BalanceArgument,
    Component,
    Count,
    DecoderArgument,
    EncoderArgument,
    Fraction,
    InputBalanceArgument,
    LossArgument,
    NonNegative,
    Pair,
    Positive,
    PositiveFloat,
    Share,
)

__all__ = [
    "BalanceArgument",
    "Component",
    "Count",
    "Declared",
    "DecoderArgument",
    "Document",
    "EncoderArgument",
    "Fraction",
    "InputBalanceArgument",
    "LossArgument",
    "NonNegative",
    "Pair",
    "Parameter",
    "Positive",
    "PositiveFloat",
    "Role",
    "Share",
    "arguments_of",
    "check_arguments",
    "parameters_of",
    "read_yaml",
    "write_yaml",
]
