"""Whether four targets together are a box: columns that are its corners."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from sensorium.features.guess_targets import TargetGuess

_CORNERS = (
    ("x0", "y0", "x1", "y1"),
    ("x1", "y1", "x2", "y2"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("left", "top", "right", "bottom"),
)
"""Left, top, right and bottom, as columns are called."""


def with_boxes(
    guesses: Sequence[TargetGuess], columns: Mapping[str, Any]
) -> list[TargetGuess]:
    """The guesses, with one box in place of four columns that are its corners.

    Args:
        guesses: How each target seems to be meant.
        columns: The columns, all their rows or a sample.
    """
    found = list(guesses)
    numbers = [
        guess.column
        for guess in guesses
        if guess.head in ("regression", "classification")
        and isinstance(columns[guess.column], pl.Series)
        and columns[guess.column].dtype.is_numeric()
    ]
    for name, four in _fours(numbers):
        boxes = np.stack([columns[one].cast(float).to_numpy() for one in four], axis=1)
        known = boxes[~np.isnan(boxes).any(axis=1)]
        if len(known) and (known[:, 2:] >= known[:, :2]).all():
            found = _replaced(found, _box(name, four, known))
    return found


def _fours(names: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """What begins the names of four columns that end like corners, and the columns."""
    fours: list[tuple[str, tuple[str, ...]]] = []
    left = {_letters(name): name for name in names}
    for words in _CORNERS:
        starts = [key.removesuffix(words[0]) for key in left if key.endswith(words[0])]
        for start in starts:
            keys = [start + word for word in words]
            if all(key in left for key in keys):
                fours.append((start or "box", tuple(left.pop(key) for key in keys)))
    return fours


def _letters(name: str) -> str:
    """`Box x-min` and `box_xmin` are called alike."""
    return re.sub(r"[\W_]", "", name.lower())


def _box(name: str, four: tuple[str, ...], known: np.ndarray) -> TargetGuess:
    shares = bool((known >= 0).all() and (known <= 1).all())
    reason = "four columns that are called like corners, the last two never below the "
    reason += f"first two{', from 0 to 1: shares of a picture' if shares else ''}"
    look = "to find it in a picture say `image`, and `image_size`: height and width "
    look += "in these units"
    warnings = () if shares else (look,)
    arguments = {"image_size": [1, 1]} if shares else {}
    return TargetGuess(name, "box", arguments, reason, warnings, columns=four)


def _replaced(guesses: Sequence[TargetGuess], box: TargetGuess) -> list[TargetGuess]:
    at = min(i for i, guess in enumerate(guesses) if guess.column in box.columns)
    left = [guess for guess in guesses if guess.column not in box.columns]
    before = sum(guess.column not in box.columns for guess in guesses[:at])
    return [*left[:before], box, *left[before:]]
