"""Cells of any type as points in time, with a reason for each that is none."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import numpy as np
import polars as pl

from sensorium.errors import DataError, sentence
from sensorium.features.base import Column, Reading, where
from sensorium.features.parse import MISSING_WORDS, Fault, as_series

NOT_A_TIME = np.iinfo(np.int64).min

_EPOCH = datetime.datetime(1970, 1, 1)
_FIRST = (datetime.datetime.min - _EPOCH) // datetime.timedelta(microseconds=1)
_NOTHING = datetime.timedelta(0)
_MICROSECOND = datetime.timedelta(microseconds=1)
# Polars reads the usual forms about ten times faster than Python, but it also accepts
# what Python does not: so only texts of exactly this form, from the year 1 on.
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HOUR = r"[0-9]{2}:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_USUAL_FORMS = {
    "%Y-%m-%d": f"^{_DAY}$",
    "%Y-%m-%dT%H:%M:%S%.f": f"^{_DAY}T{_HOUR}$",
    "%Y-%m-%d %H:%M:%S%.f": f"^{_DAY} {_HOUR}$",
}
_FEW = 256
_TEXTS = (pl.String, pl.Categorical, pl.Enum)
# How many of each unit make a microsecond, or how many microseconds make one.
_TO_MICROSECONDS = {"ms": (1000, 1), "us": (1, 1), "ns": (1, 1000)}


def instants(
    column: Column, name: str, reading: Reading, form: str | None = None
) -> tuple[np.ndarray, Mapping[int, Fault]]:
    """Reads a column as points in time.

    Args:
        column: Dates, dates with times, or texts.
        name: Its name, for messages.
        reading: How it is read.
        form: How texts are written, in the codes of `strftime`; `None` for ISO 8601.

    Returns:
        `datetime64[us]`, NaT where missing or unreadable, and the faults by row. Times
        with a zone are given in UTC, times without one as they stand.

    Raises:
        DataError: If no cell of the column's type can be a time.
    """
    series = as_series(column, name, reading)
    faults: dict[int, Fault] = {}
    if series.dtype in (pl.Date, pl.Datetime):
        counts = _from_dates(series)
    elif series.dtype in _TEXTS:
        texts = series.cast(pl.String).str.strip_chars()
        counts = _from_form(texts, form) if form else _from_iso(texts)
        faults = _text_faults(texts, counts, form)
    elif series.dtype == pl.Null:
        counts = np.full(len(series), NOT_A_TIME)
    else:
        fix = "Use `number` for numbers." if series.dtype.is_numeric() else ""
        text = f"expected dates or times, but the column is of type {series.dtype}"
        raise DataError(sentence(where(reading, name), text, fix=fix))
    return counts.view("datetime64[us]"), faults


def require_form(form: str) -> None:
    """Raises `DataError` unless a form of `strftime` can hold a date.

    Polars reads the rest as the year 1, or nothing at all, without a word.
    """
    sample = pl.Series([datetime.datetime(2001, 2, 3, 4, 5, 6)])
    try:
        text = sample.dt.replace_time_zone("UTC").dt.to_string(form)
        years = text.str.to_datetime(form, strict=False).dt.year().to_list()
    except pl.exceptions.PolarsError:
        years = []
    if years != [2001]:
        expected = "expected a `format` with a date, in the codes of strftime"
        raise DataError(sentence("", expected, form, "Example: %d.%m.%Y %H:%M."))


def _from_dates(series: pl.Series) -> np.ndarray:
    if series.dtype == pl.Date:
        series = series.cast(pl.Datetime("us"))
    # A time with a zone is stored as its count in UTC.
    raw = series.to_physical().fill_null(NOT_A_TIME).to_numpy()
    times, parts = _TO_MICROSECONDS[getattr(series.dtype, "time_unit", "us")]
    return np.where(raw == NOT_A_TIME, NOT_A_TIME, raw * times // parts)


def _from_iso(texts: pl.Series) -> np.ndarray:
    counts = np.full(len(texts), NOT_A_TIME)
    if len(texts) > _FEW:
        for form, pattern in _USUAL_FORMS.items():
            rows = texts.str.contains(pattern).fill_null(False).arg_true()
            usual = texts.gather(rows)
            moments = usual.str.to_datetime(form, time_unit="us", strict=False)
            counts[rows] = _from_dates(moments)
        counts[counts < _FIRST] = NOT_A_TIME
    left = np.flatnonzero(counts == NOT_A_TIME)
    counts[left] = [_iso(text) for text in texts.gather(left).to_list()]
    return counts


def _iso(text: str | None) -> int:
    try:
        moment = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        return int(NOT_A_TIME)
    # Subtracting may leave the years 1 to 9999, which a difference of times may not.
    since = moment.replace(tzinfo=None) - _EPOCH
    return (since - (moment.utcoffset() or _NOTHING)) // _MICROSECOND


def _from_form(texts: pl.Series, form: str) -> np.ndarray:
    return _from_dates(texts.str.to_datetime(form, time_unit="us", strict=False))


def _text_faults(
    texts: pl.Series, counts: np.ndarray, form: str | None
) -> dict[int, Fault]:
    expected = f"expected a time written as {form!r}"
    if form is None:
        expected = "expected a date such as 2020-01-31 or 2020-01-31T09:30"
    rows = np.flatnonzero(counts == NOT_A_TIME)
    return {
        row: Fault(expected, text)
        for row, text in zip(rows.tolist(), texts.gather(rows), strict=True)
        if text is not None and text.lower() not in MISSING_WORDS
    }
