"""Which rows train, which choose among models, which only test.

The same rows get the same part whatever their order in the table: chance comes from
a hash of (seed, row content), or of (seed, group). Equal rows stand on one side.

- *Random* (`valid`, `test`): content is the row's numbers where they alone tell 99 %
  of the rows apart, else all columns (always, above a million rows). Up to a million
  rows, rows are ranked by hash within each class of `stratify`, and the classes'
  shares are rounded so that the parts have the sizes asked for (largest remainder).
  Every class leaves one distinct row for training at least; a class of one row is all
  training. Missing labels are a class of their own. Numbers of more than 20 values
  are cut in 10 classes of equal size. Sizes are counted in distinct rows. Above a
  million rows a row's own hash decides (below `test`: test, then valid), and memory
  does not grow with the table but for two bytes a row.
- *Group*: groups go, in the order of their hashes, to the part that they bring
  nearer to its size; if all are too large, the smallest group goes. No group stands
  in two parts. `stratify` is not used.
- *Time*: the last rows are test, those before valid; rows of one time stay together.
- *Column*: the values of a column say it; see `Split`. A share in `valid` or `test`
  that the column does not give is drawn from its training rows as above.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sensorium.data import part_column, shares
from sensorium.data.hashing import Hashes, hash_column, hash_rows, mix
from sensorium.data.parallel import in_order
from sensorium.data.shares import TEST, TRAIN, UNUSED, VALID, Parts
from sensorium.data.source import Array
from sensorium.data.table import Table, require_columns
from sensorium.data.times import times_of
from sensorium.errors import DataError, near, sentence

__all__ = ["TEST", "TRAIN", "UNUSED", "VALID", "Parts", "Split", "assign", "rows_in"]

EXACT_ROWS = 1_000_000
HASHED_ROWS = 16_384
"""Rows that are hashed at a time: what is worked on stays in the processor's cache."""

TOLD_APART = 0.99
_NAMES = {"train": TRAIN, "valid": VALID, "test": TEST, "unused": UNUSED}


@dataclass(frozen=True)
class Split:
    """How a table is divided; see the module for the rules.

    Args:
        valid: Share of rows for validation, above 0 and below 1; `None` for none.
        test: Share of rows for testing.
        group: Column whose values stay together, e.g. the patient.
        time: Column of times (dates, numbers, or ISO 8601 text): test is latest.
        column: Column that names the part: train/training, valid/validation/val/
            dev, test, unused in any case, or booleans in a column whose name has
            train, valid or test in it.
        parts: Values of `column` for each part, e.g. `{"test": [0], "valid": [1]}`
            for folds; all other values train, or, if "train" is given too, are not
            used.
        stratify: Column whose classes all parts should share alike: the target.
        seed: Another seed gives another split.
    """

    valid: float | None = None
    test: float | None = None
    group: str | None = None
    time: str | None = None
    column: str | None = None
    parts: Mapping[str, Sequence[Any]] | None = None
    stratify: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        self._check_shares()
        if self.group is not None and self.time is not None:
            fix = "Give one of them."
            raise DataError(sentence("split", "is by group or by time", None, fix))
        if self.parts is not None and self.column is None:
            raise DataError(sentence("split", "`parts` needs `column`"))
        for name in self.parts or ():
            if name not in _NAMES:
                expected = f"a part must be one of {', '.join(_NAMES)}"
                raise DataError(sentence("split", expected, name, near(name, _NAMES)))

    def _check_shares(self) -> None:
        for name in ("valid", "test"):
            share = getattr(self, name)
            if share is not None and not 0 < share < 1:
                fix = "Leave it out for no such part."
                expected = "must be above 0 and below 1"
                raise DataError(sentence(f"split, `{name}`", expected, share, fix))
        if self.shares[0] + self.shares[1] >= 1:
            received = f"valid {self.valid}, test {self.test}"
            raise DataError(sentence("split", "leaves nothing to train on", received))

    @property
    def shares(self) -> tuple[float, float]:
        """Shares of valid and test."""
        return self.valid or 0.0, self.test or 0.0

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Split:
        """A split from the short form of documents.

        `{"valid": 0.1, "test": 0.1, "group": "patient"}`, and for columns
        `{"fold": {"test": [0], "valid": [1]}}` or `{"column": "part"}`.

        Args:
            document: The keys are this class's arguments, or one name of a column.
        """
        known = set(cls.__dataclass_fields__)
        given = {name: value for name, value in document.items() if name in known}
        for name in document:
            if name in known:
                continue
            value = document[name]
            if not isinstance(value, Mapping) or "column" in given:
                raise DataError(
                    sentence("split", "unknown word", name, near(name, known))
                )
            lists = {
                part: values if isinstance(values, list | tuple) else [values]
                for part, values in value.items()
            }
            given |= {"column": name, "parts": lists}
        return cls(**given)


def assign(table: Table, split: Split) -> Parts:
    """Says for every row which part it belongs to.

    Args:
        table: The table.
        split: How to divide it.

    Returns:
        One of `TRAIN`, `VALID`, `TEST`, `UNUSED` (0 to 3) a row, as uint8.

    Raises:
        DataError: A column does not exist, a group or time is missing, a value
            names no part, or a part that was asked for would be empty.
    """
    named = [split.group, split.time, split.column, split.stratify]
    require_columns(table, [name for name in named if name is not None])
    parts = np.full(table.num_rows, TRAIN, np.uint8)
    if split.column is not None:
        parts = _by_column(table, split)
    valid, test = split.shares
    valid = 0.0 if (parts == VALID).any() else valid
    test = 0.0 if (parts == TEST).any() else test
    if valid or test:
        rows = rows_in(parts, TRAIN)
        parts[rows] = _drawn(table, split, rows, (valid, test))
    _check_parts(table, split, parts)
    return parts


def rows_in(parts: Parts, part: int) -> Array:
    """Positions of the rows of one part.

    Args:
        parts: From `assign`.
        part: `TRAIN`, `VALID`, `TEST` or `UNUSED`.
    """
    return np.flatnonzero(parts == part)


def _by_column(table: Table, split: Split) -> Parts:
    name = str(split.column)
    wanted = None
    if split.parts is not None:
        wanted = {_NAMES[part]: list(values) for part, values in split.parts.items()}
    where = f"{table.where}, column `{name}`"
    column = _whole(table, name)
    _refuse_missing(where, column)
    return part_column.parts_of(where, name, column, wanted)


def _drawn(
    table: Table, split: Split, rows: Array, wanted: tuple[float, float]
) -> Parts:
    """Parts of some rows, by chance or by time."""
    if split.time is not None:
        where = f"{table.where}, column `{split.time}`"
        times = times_of(where, _whole(table, split.time))
        return shares.by_time(times[rows], *wanted)
    if split.group is not None:
        column = _whole(table, split.group)
        _refuse_missing(f"{table.where}, column `{split.group}`", column)
        hashes = _seeded(hash_column(column), split.seed)[rows]
        if len(rows) > EXACT_ROWS:
            return shares.by_threshold(hashes, *wanted)
        return shares.by_group(hashes, *wanted)
    if len(rows) > EXACT_ROWS:
        return np.concatenate(
            [
                shares.by_threshold(hash_rows(chunk, split.seed), *wanted)
                for chunk in table.chunks()
            ]
        )[rows]
    hashes = _row_hashes(table, split.seed)[rows]
    classes = np.zeros(len(rows), np.int64)
    if split.stratify is not None:
        classes = shares.classes_of(_whole(table, split.stratify))[rows]
    return shares.by_rank(hashes, classes, *wanted)


def _row_hashes(table: Table, seed: int) -> Hashes:
    """A hash of each row's content.

    Where the numbers alone tell nearly all rows apart, texts and lists are left out:
    they cost most of the time, and equal rows have equal numbers.
    """
    numbers = [name for name, dtype in table.dtypes.items() if dtype.is_numeric()]
    for names in (numbers, list(table.columns)):
        if names:
            chunks = table.chunks(names, rows=HASHED_ROWS)
            found = in_order(lambda chunk: hash_rows(chunk, seed), chunks)
            hashes = np.concatenate(list(found))
            if pl.Series(hashes).n_unique() >= TOLD_APART * len(hashes):
                break
    return hashes


def _seeded(hashes: Hashes, seed: int) -> Hashes:
    return mix(hashes ^ mix(np.array([seed % 2**64], np.uint64)))


def _whole(table: Table, name: str) -> pl.Series:
    parts: list[pl.Series] = []
    for chunk in table.chunks([name]):
        part = chunk[name]
        if not isinstance(part, pl.Series):
            where = f"{table.where}, column `{name}`"
            message = sentence(where, "a split needs one value a row", part.shape)
            raise DataError(message)
        parts.append(part)
    return pl.concat(parts)


def _refuse_missing(where: str, column: pl.Series) -> None:
    if column.null_count():
        row = int(column.is_null().arg_max() or 0) + 1
        expected = f"has {column.null_count()} missing values, first in row {row}"
        fix = "A split needs a value in every row: fill them or leave the rows out."
        raise DataError(sentence(where, expected, None, fix))


def _check_parts(table: Table, split: Split, parts: Parts) -> None:
    given = split.parts or {}
    for name, share in (("train", 1.0), ("valid", split.valid), ("test", split.test)):
        if (share or name in given) and not (parts == _NAMES[name]).any():
            expected = f"the split leaves no row for {name}"
            fix = "Give more rows, or other shares."
            received = f"{table.num_rows} rows"
            raise DataError(sentence(table.where, expected, received, fix))
