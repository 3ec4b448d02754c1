"""Cells of any type as texts, with a reason for each that is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from sensorium.errors import sentence
from sensorium.features.base import Column, Columns, Feature, Reading, pick
from sensorium.features.parse import as_series

Errors = Mapping[int, str]


def reason(column: str, expected: str, received: object = None, fix: str = "") -> str:
    """An entry of `Encoded.errors`: a message without the table and the row.

    Args:
        column: The column's name.
        expected: What was expected or what is wrong, without a final stop.
        received: The value that came; `None` leaves the part out.
        fix: What to do, as a full sentence.
    """
    return sentence(f"column `{column}`", expected, received, fix)


def read_texts(
    feature: Feature, columns: Columns, reading: Reading
) -> tuple[list[pl.Series], dict[int, str]]:
    """Reads all columns of a feature as texts.

    Returns:
        One series of texts a column, and the first error of each row that has one. In
        such a row all the texts are null.
    """
    picked = pick(feature, columns, reading)
    read = [
        texts(column, name, reading)
        for name, column in zip(feature.names_, picked, strict=True)
    ]
    errors: dict[int, str] = {}
    for _, faults in read:
        errors = {**faults, **errors}
    if not errors:
        return [series for series, _ in read], errors
    good = ~pl.Series(range(len(read[0][0]))).is_in(list(errors))
    nothing = pl.lit(None, dtype=pl.String)
    cleared = [
        pl.select(pl.when(good).then(series).otherwise(nothing)).to_series()
        for series, _ in read
    ]
    return cleared, dict(sorted(errors.items()))


def texts(column: Column, name: str, reading: Reading) -> tuple[pl.Series, Errors]:
    """Reads a column as texts.

    A number, a boolean, a date and a category become the text that one would write: 12,
    1.5, true, 2026-01-31. A whole float loses its `.0`, so that a value has one text
    whether its column is of whole numbers or not; NaN is missing. Bytes and lists are
    no texts.

    Returns:
        The texts, null where missing or unreadable, and the reasons by row.

    Raises:
        DataError: If the column is an array of more than one dimension.
    """
    series = as_series(column, name, reading)
    if series.dtype == pl.String:
        return series, {}
    if series.dtype == pl.Object:
        return _from_objects(series, name)
    if series.dtype == pl.Binary or series.dtype.is_nested():
        rows = series.is_not_null().arg_true().to_list()
        errors = {row: _refusal(name, series[row]) for row in rows}
        return pl.Series(name, [None] * len(series), dtype=pl.String), errors
    if series.dtype.is_float():
        known = series.fill_nan(None).cast(pl.String)
        return known.str.strip_suffix(".0"), {}
    return series.cast(pl.String), {}


def _from_objects(series: pl.Series, name: str) -> tuple[pl.Series, Errors]:
    values: Sequence[Any] = series.to_list()
    plain = [value if _is_plain(value) else None for value in values]
    errors = {
        row: _refusal(name, value)
        for row, value in enumerate(values)
        if value is not None and not _is_plain(value)
    }
    written = [value if isinstance(value, str) else _write(value) for value in plain]
    return pl.Series(name, written, dtype=pl.String), errors


def _is_plain(value: object) -> bool:
    return isinstance(value, str | bool | int | float)


def _write(value: bool | int | float | None) -> str | None:
    if value is None or value != value:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(pl.Series([value]).cast(pl.String)[0]).removesuffix(".0")


def _refusal(name: str, value: object) -> str:
    if isinstance(value, bytes):
        fix = "Decode the bytes first, or use `image` for pictures."
        return reason(name, "expected a text, not bytes", value[:16], fix)
    shown = value.to_list() if isinstance(value, pl.Series) else value
    return reason(name, "expected a text", shown)
