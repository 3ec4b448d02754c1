"""Cells of any type as float64 numbers, with a reason for each that is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sensorium.data import inference
from sensorium.errors import DataError, sentence
from sensorium.features.base import Column, Reading, where

LARGEST = 1e38
"""Numbers beyond it are refused like infinite ones: float32 ends at 3.4e38."""

MISSING_WORDS = inference.MISSING_WORDS | {""}
"""Texts that mean "missing" among numbers, in lower case, as for a CSV file."""

_DECIMAL_COMMA = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+),\d+")
_TEXTS = (pl.String, pl.Categorical, pl.Enum)
_DATES = (pl.Date, pl.Datetime, pl.Time, pl.Duration)
_NOTHING: Mapping[int, Fault] = {}


@dataclass(frozen=True)
class Fault:
    """Why a cell cannot be used; the words of a message.

    Args:
        expected: What was expected.
        received: The value that came.
        fix: What to do, or empty.
    """

    expected: str
    received: Any
    fix: str = ""

    def reason(self, column: str) -> str:
        """The message without the table and the row, for `Encoded.errors`."""
        return sentence(f"column `{column}`", self.expected, self.received, self.fix)


def refuse(faults: Mapping[int, Fault], name: str, reading: Reading) -> None:
    """Raises a `DataError` for the first fault, if there is one (for `fit`)."""
    if not faults:
        return
    row = min(faults)
    fault, count = faults[row], len(faults)
    also = f"{count:,} rows of this column cannot be read." if count > 1 else ""
    fix = " ".join(part for part in (fault.fix, also) if part)
    place = where(reading, name, row)
    raise DataError(sentence(place, fault.expected, fault.received, fix))


def as_series(column: Column, name: str, reading: Reading) -> pl.Series:
    """The column as a Polars series; arrays must have one dimension.

    Raises:
        DataError: If the array has more.
    """
    if isinstance(column, pl.Series):
        return column
    if column.ndim != 1:
        text = "expected one value in each row"
        fix = "Use `vector` for lists of numbers."
        shape = "x".join(str(size) for size in column.shape)
        raise DataError(
            sentence(where(reading, name), text, f"an array of {shape}", fix)
        )
    return pl.Series(name, column)


def floats(
    column: Column, name: str, reading: Reading
) -> tuple[np.ndarray, Mapping[int, Fault]]:
    """Reads a column as numbers.

    Booleans are 0 and 1. Texts are read as numbers with a decimal point; the words in
    `MISSING_WORDS` are missing.

    Returns:
        The numbers as float64, NaN where missing or unreadable, and the faults by row.

    Raises:
        DataError: If no cell of the column's type can be a number.
    """
    series = as_series(column, name, reading)
    if series.dtype.is_numeric() or series.dtype in (pl.Boolean, pl.Null):
        values = series.cast(pl.Float64).to_numpy()
        return _finite(values, {})
    if series.dtype in _TEXTS:
        return _finite(*_from_text(series.cast(pl.String)))
    if series.dtype == pl.Object:
        texts = [_object_text(value) for value in series.to_list()]
        return _finite(*_from_text(pl.Series(name, texts, dtype=pl.String)))
    fix = "Use `time` for dates." if series.dtype in _DATES else _hint(series.dtype)
    text = f"expected numbers, but the column holds {_words(series.dtype)}"
    raise DataError(sentence(where(reading, name), text, fix=fix))


def _words(dtype: pl.DataType) -> str:
    if dtype in _DATES:
        return "dates or times"
    return "lists" if dtype.is_nested() else f"values of type {dtype}"


def _hint(dtype: pl.DataType) -> str:
    return "Use `vector` for lists of numbers." if dtype.is_nested() else ""


def _object_text(value: object) -> str | None:
    if isinstance(value, int | float):
        return repr(float(value))
    return None if value is None else str(value)


def _from_text(texts: pl.Series) -> tuple[np.ndarray, dict[int, Fault]]:
    stripped = texts.str.strip_chars()
    numbers = stripped.cast(pl.Float64, strict=False)
    faults: dict[int, Fault] = {}
    if numbers.null_count() > stripped.null_count():
        rows = (numbers.is_null() & stripped.is_not_null()).arg_true()
        for row, text in zip(rows.to_list(), stripped.gather(rows), strict=True):
            if text.lower() not in MISSING_WORDS:
                faults[row] = _text_fault(text)
    return numbers.to_numpy(), faults


def _text_fault(text: str) -> Fault:
    comma = _DECIMAL_COMMA.fullmatch(text)
    fix = "Write decimals with a point, as in 3.5." if comma else ""
    return Fault("expected a number", text, fix)


def _finite(
    values: np.ndarray, faults: dict[int, Fault]
) -> tuple[np.ndarray, Mapping[int, Fault]]:
    large = np.abs(values) > LARGEST
    if not large.any():
        return values, faults or _NOTHING
    for row in np.flatnonzero(large).tolist():
        value = float(values[row])
        text = "infinite" if np.isinf(value) else f"larger than {LARGEST:.0e}"
        faults[row] = Fault(f"expected a finite number; this one is {text}", value)
    return np.where(large, np.nan, values), faults
