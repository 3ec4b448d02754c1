"""Parts from a column that names them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from sensorium.data.shares import TEST, TRAIN, UNUSED, VALID, Parts
from sensorium.errors import DataError, listing, near, sentence

_WORDS = {
    "train": TRAIN,
    "training": TRAIN,
    "valid": VALID,
    "validation": VALID,
    "val": VALID,
    "dev": VALID,
    "test": TEST,
    "testing": TEST,
    "unused": UNUSED,
}
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


def parts_of(
    where: str,
    name: str,
    column: pl.Series,
    wanted: Mapping[int, Sequence[Any]] | None,
) -> Parts:
    """The part of every row.

    Args:
        where: Words for messages.
        name: Name of the column.
        column: Its values, none missing.
        wanted: Values of each part; `None` to read the values as words.

    Raises:
        DataError: A value names no part, or a value wanted does not occur.
    """
    values = column.unique(maintain_order=True).to_list()
    if wanted is not None:
        meaning = _listed(where, values, wanted)
    else:
        meaning = _truths(name, values) or _words(where, name, values)
    parts = [meaning[value] for value in values]
    mapped = column.replace_strict(
        pl.Series(values, dtype=column.dtype), pl.Series(parts, dtype=pl.UInt8)
    )
    return mapped.to_numpy().astype(np.uint8)


def _listed(
    where: str, values: list[Any], wanted: Mapping[int, Sequence[Any]]
) -> dict[Any, int]:
    rest = UNUSED if TRAIN in wanted else TRAIN
    meaning = dict.fromkeys(values, rest)
    taken: set[Any] = set()
    for part, chosen in wanted.items():
        for value in chosen:
            if value not in meaning or isinstance(value, bool) != _is_bool(values):
                known = listing(sorted(map(repr, values)), limit=10)
                fix = near(str(value), [str(known) for known in values])
                expected = f"no row has this value; there are {known}"
                raise DataError(sentence(where, expected, value, fix))
            if value in taken:
                raise DataError(sentence(where, "stands in two parts", value))
            taken.add(value)
            meaning[value] = part
    return meaning


def _is_bool(values: list[Any]) -> bool:
    return bool(values) and isinstance(values[0], bool)


def _truths(name: str, values: list[Any]) -> dict[Any, int]:
    """Parts of true and false, from the column's name; empty if they are others."""
    truths = {value: _TRUTH.get(str(value).lower()) for value in values}
    if any(truth is None for truth in truths.values()):
        return {}
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    named = [word for word in re.split(r"[^a-z]+", words) if word in _WORDS]
    if not named:
        return {}
    part = _WORDS[named[0]]
    other = TEST if part == TRAIN else TRAIN
    return {value: part if truth else other for value, truth in truths.items()}


def _words(where: str, name: str, values: list[Any]) -> dict[Any, int]:
    meaning = {}
    for value in values:
        word = str(value).strip().lower()
        if word not in _WORDS:
            fix = f"Say which values are which: `{{{name}: {{test: [...]}}}}`."
            expected = "a value must be train, valid, test or unused"
            raise DataError(sentence(where, expected, value, fix))
        meaning[value] = _WORDS[word]
    return meaning
