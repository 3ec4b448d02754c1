"""Cells that hold several labels at once: lists, texts, or columns of 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from sensorium.errors import DataError, sentence
from sensorium.features.base import Column, Reading, where
from sensorium.features.canonical import canonical, converted
from sensorium.features.parse import Fault, floats

_TEXTS = (pl.String, pl.Categorical, pl.Enum)

Names = tuple[str, ...]


@dataclass(frozen=True)
class Labels:
    """The labels of some rows, one after another.

    Args:
        rows: Row of each label.
        texts: Its canonical text; null for a missing one.
        present: Whether a row has labels at all, maybe none.
        kind: The kind of the labels, see `canonical.kind_of`.
    """

    rows: np.ndarray
    texts: pl.Series
    present: np.ndarray
    kind: str

    def once(self) -> pl.Series:
        """The texts with each one once a row, for counting."""
        pairs = pl.DataFrame({"row": self.rows, "text": self.texts})
        return pairs.unique()["text"]


@dataclass(frozen=True)
class Switches:
    """Columns of 0 and 1.

    Args:
        values: float32 `(rows, k)`; NaN where missing.
        present: Whether a row has any value, and each one can be read.
        faults: Column -> row -> what is wrong.
    """

    values: np.ndarray
    present: np.ndarray
    faults: Mapping[str, Mapping[int, Fault]] = field(default_factory=dict)

    def reasons(self) -> dict[int, str]:
        """Row -> what is wrong, for `Encoded.errors`."""
        reasons: dict[int, str] = {}
        for name, faults in self.faults.items():
            for row, fault in faults.items():
                reasons.setdefault(row, fault.reason(name))
        return reasons


def is_switches(columns: Sequence[Column]) -> bool:
    """Whether columns hold 0 and 1, by number and type."""
    first = columns[0]
    if len(columns) > 1 or isinstance(first, np.ndarray):
        return True
    return first.dtype.is_numeric() or first.dtype == pl.Boolean


def switch_names(columns: Sequence[Column], names: Sequence[str]) -> Names:
    """A name for each flag: the column's, with a number for those of an array."""
    flags: list[str] = []
    for column, name in zip(columns, names, strict=True):
        wide = isinstance(column, np.ndarray) and column.ndim == 2
        flags += [f"{name}_{at}" for at in range(column.shape[1])] if wide else [name]
    return tuple(flags)


def read_switches(
    columns: Sequence[Column],
    names: Sequence[str],
    reading: Reading,
    width: int | None = None,
) -> Switches:
    """Reads columns of 0 and 1, and arrays `(rows, k)` of them.

    Args:
        columns: The columns.
        names: Their names.
        reading: How they are read.
        width: How many flags there must be; `None` takes what comes.

    Raises:
        DataError: If a column cannot be numbers, or there are more or fewer flags.
    """
    parts: list[np.ndarray] = []
    faults: dict[str, Mapping[int, Fault]] = {}
    for column, name in zip(columns, names, strict=True):
        for one in _each(column):
            values, wrong = _zero_or_one(one, name, reading)
            parts.append(values)
            faults[name] = {**faults.get(name, {}), **wrong}
    if width not in (None, len(parts)):
        text = f"expected {width} flags, as in training"
        raise DataError(sentence(where(reading, names[0]), text, len(parts)))
    values = np.stack(parts, axis=1).astype(np.float32)
    present = ~np.isnan(values).all(axis=1)
    wrong_rows = sorted({row for wrong in faults.values() for row in wrong})
    present[wrong_rows] = False
    values[wrong_rows] = np.nan
    return Switches(values, present, faults)


def read_labels(
    column: Column,
    name: str,
    separator: str | None,
    reading: Reading,
    trained: str | None = None,
) -> Labels:
    """Reads a column of lists, or of texts with a separator.

    Args:
        column: The column.
        name: Its name, for messages.
        separator: What stands between the labels of a text.
        reading: How it is read.
        trained: The kind of the training labels, which others are brought into.

    Raises:
        DataError: If the column is neither.
    """
    lists, present = _lists(column, name, separator, reading)
    lengths = lists.list.len().fill_null(0).to_numpy()
    # Filtered first, as an empty list explodes to null in some versions of Polars.
    flat = lists.filter(pl.Series(lengths > 0)).explode()
    if column.dtype in _TEXTS:
        flat = flat.str.strip_chars()
    texts, kind = canonical(flat, name, reading)
    if trained is not None and kind != trained:
        texts = converted(texts, kind, trained)
    return Labels(np.repeat(np.arange(len(lists)), lengths), texts, present, kind)


def _lists(
    column: Column, name: str, separator: str | None, reading: Reading
) -> tuple[pl.Series, np.ndarray]:
    if isinstance(column, pl.Series):
        dtype = column.dtype
        if dtype == pl.Null:
            column, dtype = column.cast(pl.List(pl.Null)), pl.List(pl.Null)
        if dtype in (pl.List, pl.Array):
            lists = column.arr.to_list() if dtype == pl.Array else column
            return lists, lists.is_not_null().to_numpy()
        if dtype in _TEXTS and separator:
            parts = column.cast(pl.String).str.split(separator)
            return parts, (column.cast(pl.String) != "").fill_null(False).to_numpy()
    text = "expected lists of labels, texts with a separator, or columns of 0 and 1"
    fix = "Say what stands between the labels, e.g. `separator=';'`."
    raise DataError(sentence(where(reading, name), text, str(column.dtype), fix))


def _each(column: Column) -> Sequence[Column]:
    if isinstance(column, np.ndarray) and column.ndim == 2:
        return list(column.T)
    return [column]


def _zero_or_one(
    column: Column, name: str, reading: Reading
) -> tuple[np.ndarray, Mapping[int, Fault]]:
    values, faults = floats(column, name, reading)
    odd = np.flatnonzero(~(np.isnan(values) | (values == 0) | (values == 1))).tolist()
    wrong = {row: Fault("expected 0 or 1", float(values[row])) for row in odd}
    return values, {**faults, **wrong}
