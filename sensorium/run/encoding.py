"""Raw columns to the arrays a network takes: the one way, for every use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from sensorium.features import Columns, Digest, Feature, Reading

PRESENT = "/present"


@dataclass(frozen=True)
class EncodedRows:
    """The inputs of some rows.

    Args:
        arrays: Input name -> values, and `<name>/present` -> booleans, as
            `Network` takes them.
        errors: Row (from 0) -> why an input of it could not be read.
    """

    arrays: dict[str, np.ndarray]
    errors: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    def messages(self) -> dict[int, str]:
        """Row -> one text that names each unreadable input and its reason."""
        return {
            row: "; ".join(f"{name}: {reason}" for name, reason in reasons)
            for row, reasons in self.errors.items()
        }


def encode_rows(
    features: Mapping[str, Feature],
    columns: Columns,
    reading: Reading,
    digests: Mapping[str, Digest] = MappingProxyType({}),
) -> EncodedRows:
    """Encodes the inputs of some rows with fitted features.

    Args:
        features: The features by the names of their inputs.
        columns: The rows.
        reading: How they are read.
        digests: For some inputs what their features' `digest` gave for these rows.
    """
    rows = EncodedRows({})
    for name, feature in features.items():
        if name in digests:
            encoded = feature.encode_digest(digests[name])
        else:
            encoded = feature.encode(columns, reading)
        rows.arrays[name] = encoded.values
        rows.arrays[name + PRESENT] = encoded.present
        for row, reason in encoded.errors.items():
            rows.errors.setdefault(row, []).append((name, reason))
    return rows
