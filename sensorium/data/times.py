"""Times as whole numbers that sort."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl

from sensorium.data.source import Array
from sensorium.errors import DataError, sentence

_UTC = datetime.UTC
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=_UTC)


def times_of(where: str, column: pl.Series) -> Array:
    """Numbers in the order of time.

    Args:
        where: Words for messages.
        column: Dates, times, numbers, or ISO 8601 text; without a zone: UTC.

    Raises:
        DataError: A value is missing or is no time.
    """
    if column.dtype == pl.String:
        column = _parsed(where, column)
    physical = column.to_physical()
    if not physical.dtype.is_numeric():
        fix = "Give dates, numbers, or text like 2024-05-31."
        raise DataError(sentence(where, "is no time", str(column.dtype), fix))
    if physical.dtype.is_float():
        physical = physical.fill_nan(None)
    if physical.null_count():
        row = int(physical.is_null().arg_max() or 0) + 1
        expected = f"has {physical.null_count()} missing times, first in row {row}"
        fix = "A split by time needs one in every row."
        raise DataError(sentence(where, expected, None, fix))
    return np.asarray(physical.to_numpy())


def _parsed(where: str, column: pl.Series) -> pl.Series:
    unique = column.drop_nulls().unique()
    micros = []
    for value in unique.to_list():
        try:
            time = datetime.datetime.fromisoformat(value.strip())
        except ValueError:
            row = int((column == value).arg_max() or 0) + 1
            fix = "Write times like 2024-05-31 or 2024-05-31 13:45:00."
            expected = f"row {row} is no ISO 8601 time"
            raise DataError(sentence(where, expected, value, fix)) from None
        time = time if time.tzinfo else time.replace(tzinfo=_UTC)
        micros.append((time - _EPOCH) // datetime.timedelta(microseconds=1))
    table = pl.Series(micros, dtype=pl.Int64)
    return column.replace_strict(unique, table, return_dtype=pl.Int64)
