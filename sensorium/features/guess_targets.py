"""How a target seems to be meant: classes, an amount, flags, boxes or masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sensorium.errors import DataError, listing, sentence
from sensorium.features import guess_names
from sensorium.features.base import Column
from sensorium.features.guess import guess_column
from sensorium.features.guess_boxes import guess_box
from sensorium.features.guess_masks import guess_mask
from sensorium.features.guess_numbers import is_whole
from sensorium.features.guess_profile import (
    NAMELESS,
    Guess,
    Profile,
    profile,
    share,
    shown,
)
from sensorium.features.guess_texts import guess_text

_RARE = 5
_EVEN = 0.1
"""The rarest class has at least this share of the most frequent one's rows."""

_SKEW = 1.0
"""Skewness from which a distribution is called highly skewed (Bulmer 1979)."""

_CLASSES = 100


@dataclass(frozen=True)
class TargetGuess:
    """How a target seems to be meant.

    Args:
        column: Its name.
        head: `classification`, `regression`, `flags`, `box` or
            `segmentation`.
        arguments: Arguments of the target's feature, e.g. `{"separator": ";"}`.
        reason: Why, in words for the user.
        warnings: What the user should look at.
        columns: The columns, where there are several.
    """

    column: str
    head: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    warnings: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def guess_target(
    name: str, column: Column, where: str = "the table", folder: Path | None = None
) -> TargetGuess:
    """Guesses how a target is meant.

    Texts, true/false and two values are classes; numbers with a fraction an amount.
    Whole numbers are an amount, since classes forget that 4 is nearer to 5 than to 1,
    unless the name says class (`digit`, `type`), there are at most three of them, or
    they look like labels: from 0 without a gap, each about as frequent as the others.
    A name that says amount (`rating`, `n_children`) always wins. Pictures of one
    channel with few values are masks. Four numbers whose name says box are corners.

    Args:
        name: Name of the column.
        column: The column, all its rows or a sample.
        where: How messages call the table.
        folder: Where relative paths start; `None` if paths cannot be read.

    Raises:
        DataError: It is constant or missing everywhere, or no head predicts it.
    """
    masks = guess_mask(column, folder)
    if masks:
        return TargetGuess(name, "segmentation", {}, masks)
    boxes = guess_box(name, column)
    if boxes:
        look = "say `form: center_size` if they are a middle and a size"
        return TargetGuess(name, "box", {}, boxes, (look,))
    guess = guess_column(name, column)
    if isinstance(column, np.ndarray) and column.ndim == 1:
        column = pl.Series(column)
    if guess.kind == "flags":
        return TargetGuess(name, "flags", guess.arguments, guess.reason)
    place = f"{where}, target `{name}`"
    if isinstance(column, np.ndarray) or column.dtype.is_nested():
        raise _no_head(place, guess)
    found = profile(name, column)
    if found.num_unique < 2:
        text = "expected at least two different values"
        received = found.present[0] if found.num_present else "no value in any row"
        raise DataError(sentence(place, text, received, "Choose another column."))
    if guess.kind in ("image", "signal", "time") or found.present.dtype == pl.Binary:
        raise _no_head(place, guess)
    return _scalars(found, place)


def _no_head(place: str, guess: Guess) -> DataError:
    text = "expected classes, numbers, lists of labels, corners of boxes or masks"
    fix = "Predict a number or a class made from it."
    return DataError(sentence(place, f"{text}; these are {guess.reason}", fix=fix))


def _scalars(found: Profile, place: str) -> TargetGuess:
    dtype = found.present.dtype
    if dtype == pl.String:
        return _texts(found, place)
    if dtype.is_numeric():
        return _numbers(found)
    if dtype != pl.Boolean:
        text = f"no head predicts values of type {dtype}"
        raise DataError(sentence(place, text, fix="Write them as numbers."))
    return _classes(found, "true or false")


def _texts(found: Profile, place: str) -> TargetGuess:
    numbers = found.present.str.strip_chars().cast(pl.Float64, strict=False)
    padded = found.present.str.contains(r"^[+-]?0\d").any()
    if not numbers.null_count() and not padded:
        read = found.values.str.strip_chars().cast(pl.Float64, strict=False)
        guess = _numbers(profile(found.name, read))
        reason = f"{guess.reason} (numbers stored as text)"
        return TargetGuess(found.name, guess.head, {}, reason, guess.warnings)
    if found.all_differ and found.num_present > _CLASSES:
        text = "expected classes that come back; every row has a text of its own"
        raise DataError(sentence(place, text, found.present[0]))
    if found.num_unique > 20 and guess_text(found).kind == "flags":
        guess = guess_text(found)  # type: ignore[assignment]
        return TargetGuess(found.name, "flags", guess.arguments, guess.reason)
    return _classes(found, "texts")


def _numbers(found: Profile) -> TargetGuess:
    if found.num_unique == 2:
        return _classes(found, "two values")
    if not is_whole(found.present):
        return _amount(found, "numbers with fractions")
    if guess_names.means_amount(found.name):
        return _amount(found, "whole numbers whose name says amount")
    if guess_names.means_class(found.name) and found.num_unique <= _CLASSES:
        return _classes(found, "whole numbers whose name says class")
    if found.num_unique == 3:
        return _classes(found, "three values")
    if _like_labels(found):
        return _classes(found, "whole numbers from 0 without a gap, like labels")
    return _amount(found, "whole numbers, whose order a model of classes would forget")


def _like_labels(found: Profile) -> bool:
    values = found.unique.sort()
    counts = found.present.value_counts()["count"]
    gapless = values[0] == 0 and values[-1] == len(values) - 1
    even = int(counts.min()) >= _EVEN * int(counts.max())  # type: ignore[arg-type]
    return gapless and even and len(values) <= _CLASSES and found.repeats >= _RARE


def _classes(found: Profile, reason: str) -> TargetGuess:
    counts = found.present.value_counts()
    counts = counts.sort("count", NAMELESS, descending=[True, False])
    rare = counts.filter(counts["count"] < _RARE)[NAMELESS].to_list()
    warnings = []
    if rare:
        names = listing([shown(value) for value in rare])
        warnings.append(f"fewer than {_RARE} rows each, too few to learn: {names}")
    if found.num_unique > 0.5 * found.num_present:
        warnings.append("most classes have one row")
    largest = share(counts["count"][0], found.num_present)
    most = shown(counts[NAMELESS][0])
    text = f"{reason}: {_seen(found)}; the most frequent, {most}, has {largest}"
    return TargetGuess(found.name, "classification", {}, text, tuple(warnings))


def _seen(found: Profile) -> str:
    if found.num_unique > 2:
        return found.seen()
    first, second = found.unique.sort().to_list()
    return f"{shown(first)} or {shown(second)} in {found.rows()}"


def _amount(found: Profile, reason: str) -> TargetGuess:
    values = found.present.cast(pl.Float64)
    text = f"{reason}: {found.seen()}"
    if found.num_unique <= 20:
        warning = "if the numbers are only names, write `classification`"
        return TargetGuess(found.name, "regression", {}, text, (warning,))
    warning = _skewed(values)
    warnings = (warning,) if warning else ()
    return TargetGuess(found.name, "regression", {}, text, warnings)


def _skewed(values: pl.Series) -> str:
    skew, low = values.skew() or 0.0, float(values.min())  # type: ignore[arg-type]
    if low < 0 or skew <= _SKEW:
        return ""
    function = "log1p" if low == 0 else "log"
    return (
        f"a few values are far larger than the rest (skewness {skew:.1f}); errors "
        f"there weigh most: a column with its {function} may be the better target"
    )
