"""Columns that say how much the label of each row counts."""

from __future__ import annotations

import numpy as np

from sensorium.features import Column, Reading
from sensorium.features.parse import Fault, floats, refuse


def read_weights(
    column: Column, name: str, used: np.ndarray, reading: Reading
) -> np.ndarray:
    """Reads sample weights.

    Where no label uses it a weight may be missing; it is 0 then.

    Args:
        column: The column.
        name: Its name.
        used: Which rows have a label that is used, boolean `(rows,)`.
        reading: How messages call the table and its rows.

    Returns:
        float32 `(rows,)`.

    Raises:
        DataError: If a weight that is used is missing, no number or below 0; it names
            the first such row.
    """
    values, unreadable = floats(column, name, reading)
    faults = {row: fault for row, fault in unreadable.items() if used[row]}
    for row in np.flatnonzero(used & ~(values >= 0)).tolist():
        received = "nothing" if np.isnan(values[row]) else float(values[row])
        text = "a sample weight must be a number of at least 0"
        faults.setdefault(row, Fault(text, received, "Write 0 to leave a row out."))
    refuse(faults, name, reading)
    return np.where(used, values, 0.0).astype(np.float32)
