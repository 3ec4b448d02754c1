"""Tables from what Python programs hold: dicts, lists, arrays, data frames.

Nothing is changed on the way: a column that mixes text with numbers is refused
with its first odd row, where other readers would guess.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from sensorium.data.source import Array, MemorySource
from sensorium.errors import DataError, listing, sentence

_SCALARS: dict[type, pl.DataType] = {
    bool: pl.Boolean(),
    float: pl.Float64(),
    str: pl.String(),
    bytes: pl.Binary(),
    datetime.date: pl.Date(),
    datetime.time: pl.Time(),
    datetime.timedelta: pl.Duration("us"),
}
_SUPPORTED = "Give numbers, text, dates, bytes, lists, or arrays of one shape."


def from_mapping(columns: Mapping[Any, Any]) -> MemorySource:
    """A source from a dict of columns.

    Args:
        columns: Lists, NumPy arrays (first axis = rows), Polars or pandas series.

    Raises:
        DataError: A column is no list or array, the lengths differ, or a column
            mixes types.
    """
    made = {str(name): column_from(str(name), value) for name, value in columns.items()}
    if len(made) < len(columns):
        names = [str(name) for name in columns]
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(sentence(f"column `{twice}`", "stands twice"))
    lengths = {name: len(column) for name, column in made.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(
            sentence(
                "dict of columns",
                "all columns must have the same number of rows",
                listing([f"`{name}` {length}" for name, length in lengths.items()]),
            )
        )
    return MemorySource(made)


def from_rows(rows: Sequence[Any]) -> MemorySource:
    """A source from a list of dicts, one a row; a key that is not there is missing.

    Args:
        rows: The dicts.

    Raises:
        DataError: A row is not a dict, a key is not text, or a column mixes types.
    """
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            fix = "Give a list of dicts, one a row, or a dict of columns."
            raise DataError(sentence(f"row {number}", "must be a dict", row, fix))
    names = list(dict.fromkeys(chain.from_iterable(rows)))
    columns = {name: [row.get(name) for row in rows] for name in names}
    made = {name: column_from(str(name), values) for name, values in columns.items()}
    for name in names:
        if not isinstance(name, str):
            raise DataError(sentence("list of rows", "keys must be text", name))
    return MemorySource(made, len(rows))


def from_frame(
    frame: pl.DataFrame, content_key: Callable[[], str] | None = None
) -> MemorySource:
    """A source from a Polars frame; categories become text, decimals floats.

    Args:
        frame: The frame.
        content_key: As in `MemorySource`.
    """
    return MemorySource(plain(frame).to_dict(), frame.height, content_key)


def from_pandas(frame: Any) -> MemorySource:
    """A source from a pandas frame, without pyarrow; the index is left out.

    NaN, NaT and NA are missing values.

    Args:
        frame: A `pandas.DataFrame`.
    """
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(sentence(f"column `{twice}`", "stands twice"))
    pairs = ((name, frame.iloc[:, at]) for at, name in enumerate(names))
    made = {name: _pandas_column(name, column) for name, column in pairs}
    return MemorySource(made, len(frame))


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Casts categories and nothing to text, decimals and half floats to floats."""
    casts = {name: plain_dtype(dtype) for name, dtype in frame.schema.items()}
    changed = {n: dtype for n, dtype in casts.items() if dtype != frame.schema[n]}
    return frame.cast(changed) if changed else frame  # type: ignore[arg-type]


def plain_dtype(dtype: pl.DataType) -> pl.DataType:
    """The type that `plain` gives to a column of type `dtype`."""
    if dtype in (pl.Categorical, pl.Enum):
        return pl.String()
    if dtype.is_decimal():
        return pl.Float64()
    if dtype == pl.Null:
        return pl.String()
    return pl.Float32() if dtype == pl.Float16 else dtype


def column_from(name: str, value: Any) -> pl.Series | Array:
    """One column from whatever Python holds it in.

    Args:
        name: Name of the column.
        value: A list, tuple, array, or series.

    Raises:
        DataError: It is none of these, holds objects, or mixes types.
    """
    where = f"column `{name}`"
    if isinstance(value, pl.Series) and value.dtype != pl.Object:
        return plain(value.rename(name).to_frame())[name]
    if isinstance(value, np.ndarray):
        return array_column(name, value)
    if _is_pandas(value) and value.ndim == 1:
        return _pandas_column(name, value)
    if isinstance(value, (list, tuple, range, pl.Series)):
        return _list_column(name, list(value))
    if hasattr(value, "__array__"):
        return array_column(name, np.asarray(value))
    fix = "For one row, give a list with one dict: `[{...}]`."
    raise DataError(sentence(where, "must be a list or an array", value, fix))


def array_column(name: str, array: Array) -> pl.Series | Array:
    """One column from a NumPy array; several dimensions stay NumPy.

    Args:
        name: Name of the column.
        array: At least one dimension; the first is rows. Not copied if it stays.
    """
    where = f"column `{name}`"
    kind = array.dtype.kind
    if array.ndim == 0:
        raise DataError(sentence(where, "must have one value a row", array.item()))
    if kind == "O" and array.ndim == 1:
        return _list_column(name, array.tolist())
    if kind not in "biufSUmM" or (array.dtype.itemsize > 8 and kind == "f"):
        raise DataError(sentence(where, "cannot be used", str(array.dtype), _SUPPORTED))
    if kind == "S":
        array = _decoded(where, array)
    if kind in "mM":
        array = _timed(array)
    if array.ndim > 1:
        return array
    series = pl.Series(name, array)
    return series.cast(pl.Float32) if series.dtype == pl.Float16 else series


def _decoded(where: str, array: Array) -> Array:
    try:
        return np.char.decode(array, "utf-8")
    except UnicodeDecodeError as error:
        fix = "Give bytes as a list, or text as `str`."
        raise DataError(
            sentence(where, "is not UTF-8 text", error.object, fix)
        ) from None


def _timed(array: Array) -> Array:
    kind = array.dtype.kind
    unit, _ = np.datetime_data(array.dtype)
    known = ("ms", "us", "ns", "D") if kind == "M" else ("ms", "us", "ns")
    return array if unit in known else array.astype(f"{kind}8[us]")


def _is_pandas(value: object) -> bool:
    return type(value).__module__.split(".")[0] == "pandas"


def _pandas_column(name: str, column: Any) -> pl.Series | Array:
    zone = getattr(column.dtype, "tz", None)
    if zone is not None:
        naive = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return pl.Series(name, naive.to_numpy()).dt.replace_time_zone("UTC")
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biufmM":
        made = array_column(name, column.to_numpy())
        floating = isinstance(made, pl.Series) and made.dtype.is_float()
        return made.fill_nan(None) if floating else made  # type: ignore[union-attr]
    values = column.astype(object).tolist()
    missing = column.isna().tolist()
    pairs = zip(values, missing, strict=True)
    return _list_column(name, [None if lost else value for value, lost in pairs])


def _list_column(name: str, values: list[Any]) -> pl.Series | Array:
    where = f"column `{name}`"
    types = set(map(type, values))
    if any(issubclass(kind, np.generic) for kind in types):
        values = [_item(v) if isinstance(v, np.generic) else v for v in values]
        types = set(map(type, values))
    if types == {np.ndarray} and _alike(values):
        return array_column(name, np.stack(values))
    if float in types and str in types:
        values = [None if v != v else v for v in values]  # NaN beside text is missing
    made = [_simple(value) for value in values] if types & _COMPLEX else values
    dtype = _dtype(where, made, lambda at: at)
    try:
        return pl.Series(name, made, dtype=dtype, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(sentence(where, f"cannot be used ({reason})")) from None


def _alike(arrays: list[Array]) -> bool:
    kinds = {(array.shape, array.dtype) for array in arrays}
    return len(kinds) == 1 and arrays[0].ndim > 0


_COMPLEX = {tuple, np.ndarray, list, dict, bytearray, memoryview, decimal.Decimal}


def _item(value: np.generic) -> Any:
    if isinstance(value, np.datetime64 | np.timedelta64):
        return value.astype(f"{value.dtype.kind}8[us]").item()
    return value.item()


def _simple(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return _item(value)
    if isinstance(value, (list, tuple)):
        return [_simple(item) for item in value]
    if isinstance(value, dict):
        return {key: _simple(item) for key, item in value.items()}
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    return float(value) if isinstance(value, decimal.Decimal) else value


def _dtype(
    where: str, values: Iterable[Any], row: Callable[[int], int]
) -> pl.DataType | None:
    """The one type of all values; refuses a mixture, naming the first odd row."""
    values = list(values)
    types = set(map(type, values)) - {type(None)}
    if not types:
        return pl.String()
    if types <= {int, float}:
        return pl.Float64() if float in types else _integer(where, values)
    if all(issubclass(kind, datetime.datetime) for kind in types):
        return None  # Polars finds unit and time zone
    if len(types) > 1:
        raise _mixed(where, values, row)
    kind = types.pop()
    if kind is list:
        lengths = [0 if value is None else len(value) for value in values]
        owner = np.repeat(np.arange(len(values)), lengths)
        inner = chain.from_iterable(value for value in values if value is not None)
        found = _dtype(where, inner, lambda at: row(int(owner[at])))
        return None if found is None else pl.List(found)
    if kind is dict:
        return _struct(where, values, row)
    if kind not in _SCALARS:
        first = next(value for value in values if value is not None)
        raise DataError(sentence(where, f"holds `{kind.__name__}`", first, _SUPPORTED))
    return _SCALARS[kind]


def _integer(where: str, values: list[Any]) -> pl.DataType:
    present = [value for value in values if value is not None]
    low, high = min(present), max(present)
    if low >= -(2**63) and high < 2**63:
        return pl.Int64()
    if low >= 0 and high < 2**64:
        return pl.UInt64()
    worst = high if high >= 2**63 else low
    fix = "Give such numbers as text."
    raise DataError(sentence(where, "holds whole numbers over 64 bits", worst, fix))


def _struct(
    where: str, values: list[Any], row: Callable[[int], int]
) -> pl.DataType | None:
    present = [value or {} for value in values]
    fields = {}
    for key in dict.fromkeys(chain.from_iterable(present)):
        inner = [value.get(key) for value in present]
        found = _dtype(f"{where}, field `{key}`", inner, row)
        if found is None:
            return None
        fields[str(key)] = found
    return pl.Struct(fields)


def _mixed(where: str, values: list[Any], row: Callable[[int], int]) -> DataError:
    first = next(value for value in values if value is not None)
    alike = (int, float) if type(first) in (int, float) else (type(first),)
    at = next(
        at
        for at, value in enumerate(values)
        if value is not None and type(value) not in alike
    )
    names = f"`{type(first).__name__}` and `{type(values[at]).__name__}`"
    expected = f"mixes {names}, first in row {row(at) + 1}"
    fix = "Make the column one type, for example text by `str`."
    return DataError(sentence(where, expected, values[at], fix))
