"""One text for each value, whatever type it comes in.

The same value gives the same text from CSV, Parquet and Python:

==================  ==========================================================
integer, whole float  digits: 7 and 7.0 are `7`
other float           shortest decimal that reads back: `0.1`, also from float32
boolean               `true`, `false`
text                  itself, in Unicode's composed form (NFC): `007` and `None` stay
date                  `2020-01-31`
date and time         `2020-01-31 10:00:00` and a fraction if there is one, in UTC
missing               null; also NaN and the empty text
==================  ==========================================================
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from sensorium.errors import DataError, sentence
from sensorium.features.base import Column, Reading, where
from sensorium.features.parse import MISSING_WORDS, as_series

MAX_INT64 = 2**63 - 1

WHOLE = 9e18
"""Whole floats up to this size have the text of the integer."""

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d*)?([eE][-+]?\d+)?")
_TEXTS = (pl.String, pl.Categorical, pl.Enum)


def kind_of(dtype: pl.DataType) -> str:
    """The word for a column's type: what `decode` must give back.

    One of `nothing` (all missing), `integer`, `float`, `boolean`, `date`, `datetime`
    and `text`.
    """
    if dtype.is_integer():
        return "integer"
    if dtype.is_float() or dtype.is_decimal():
        return "float"
    words = {pl.Null: "nothing", pl.Boolean: "boolean"}
    words |= {pl.Date: "date", pl.Datetime: "datetime"}
    return next((word for kind, word in words.items() if dtype == kind), "text")


def merge_kinds(one: str, two: str) -> str:
    """The word for the values of two chunks together."""
    if one == two or two == "nothing":
        return one
    if one == "nothing":
        return two
    return "float" if {one, two} == {"integer", "float"} else "text"


def canonical(column: Column, name: str, reading: Reading) -> tuple[pl.Series, str]:
    """The texts of a column (null or empty where missing), and its kind.

    Texts are not yet in composed form; see `composed`.

    Raises:
        DataError: If the cells cannot be categories.
    """
    series = as_series(column, name, reading)
    dtype = series.dtype
    kind = kind_of(dtype)
    if kind in ("integer", "boolean", "date", "nothing") or dtype in _TEXTS:
        return (series if dtype == pl.String else series.cast(pl.String)), kind
    if kind == "float":
        return _float_texts(series), kind
    if kind == "datetime":
        return _datetime_texts(series), kind
    if dtype == pl.Object:
        texts = [text_of(value) for value in series.to_list()]
        return pl.Series(name, texts, dtype=pl.String), kind
    if dtype == pl.Time:
        return series.cast(pl.String), kind
    text = f"expected categories, but the column holds values of type {dtype}"
    fix = "Use `flags` for lists of labels." if dtype.is_nested() else ""
    raise DataError(sentence(where(reading, name), text, fix=fix))


def text_of(value: object) -> str | None:
    """The canonical text of one Python value."""
    if value is None or value != value:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        if abs(number) < WHOLE and number.is_integer():
            return str(int(number))
        # Not `number`: a float32 would show digits that it does not have.
        return str(value)
    return str(value)


def value_of(text: str, kind: str) -> Any:
    """The Python value of a canonical text."""
    if kind == "boolean":
        return text == "true"
    readers: dict[str, Callable[[str], Any]] = {
        "integer": int,
        "float": float,
        "date": datetime.date.fromisoformat,
        "datetime": datetime.datetime.fromisoformat,
    }
    return readers.get(kind, str)(text)


def values_series(name: str, values: Sequence[Any], kind: str) -> pl.Series:
    """A series of Python values in the Polars type of their kind."""
    big = kind == "integer" and any((value or 0) > MAX_INT64 for value in values)
    dtypes: dict[str, Any] = {
        "integer": pl.UInt64 if big else pl.Int64,
        "float": pl.Float64,
        "boolean": pl.Boolean,
        "date": pl.Date,
        "datetime": pl.Datetime("us"),
    }
    return pl.Series(name, values, dtype=dtypes.get(kind, pl.String))


def composed(text: str) -> str:
    """The text in Unicode's composed form (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def converted(texts: pl.Series, kind: str, trained: str) -> pl.Series:
    """Brings texts of another kind into the form of the training column.

    A reader may give a column another type than in training, when one cell of a file
    is odd: then the numbers come as texts, `1.0` for 1. What cannot be converted stays.
    """
    convert = _conversion(kind, trained)
    if convert is None:
        return texts
    distinct = texts.unique().drop_nulls()
    new = pl.Series([convert(text) for text in distinct.to_list()], dtype=pl.String)
    return texts.replace_strict(distinct, new, default=None, return_dtype=pl.String)


def _conversion(kind: str, trained: str) -> Callable[[str], str | None] | None:
    numbers = ("integer", "float")
    if trained in numbers and kind == "text":
        return _number_text
    if trained in numbers and kind == "boolean":
        return lambda text: "1" if text == "true" else "0"
    if trained == "boolean" and kind in numbers:
        return lambda text: {"1": "true", "0": "false"}.get(text, text)
    if trained == "boolean" and kind == "text":
        return lambda text: text.lower() if text.lower() in _BOOLEANS else text
    return None


_BOOLEANS = ("true", "false")


def _number_text(text: str) -> str | None:
    stripped = text.strip()
    if stripped.lower() in MISSING_WORDS:
        return None
    if not _NUMBER.fullmatch(stripped):
        return text
    # Digits alone may be larger than a float can hold.
    digits = stripped.removeprefix("-").isdigit()
    return str(int(stripped)) if digits else text_of(float(stripped))


def _float_texts(series: pl.Series) -> pl.Series:
    if series.dtype.is_decimal():
        series = series.cast(pl.Float64)
    values = series.to_numpy()
    whole = (np.abs(values) < WHOLE) & (values == np.floor(values))
    if (whole | np.isnan(values)).all():
        return series.fill_nan(None).cast(pl.Int64).cast(pl.String)
    distinct, places = np.unique(values, return_inverse=True)
    texts = [None if math.isnan(value) else text_of(value) for value in distinct]
    return pl.Series(series.name, texts, dtype=pl.String).gather(places)


def _datetime_texts(series: pl.Series) -> pl.Series:
    # A time with a zone counts its microseconds in UTC.
    plain = series.cast(pl.Int64).cast(pl.Datetime(_unit(series.dtype)))
    return plain.dt.to_string("%Y-%m-%d %H:%M:%S%.f")


def _unit(dtype: pl.DataType) -> Any:
    return getattr(dtype, "time_unit", "us")
