"""Every exception of Sensorium, and the words they are made of.

::

    SensoriumError
    ├── RecipeError       (ValueError)    a document's mistakes, all in `problems`
    ├── DataError         (ValueError)    a table, column or value cannot be used
    ├── NotFittedError    (RuntimeError)  a feature must be fitted first
    ├── TrainingError     (RuntimeError)  training cannot go on
    ├── RunError          (OSError)       a run folder is missing, broken or in use
    ├── ArtifactError     (OSError)       an artifact is refused; see `reason`
    └── MissingExtraError (ImportError)   an optional dependency is not installed

A message says where, what was expected, what came and what to do, in this order:
`<where>: <expected>. Received: <value>. <fix>`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class SensoriumError(Exception):
    """Base of everything that Sensorium raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One mistake in a document.

    Args:
        path: Where it stands, in the user's notation, e.g. `inputs.photo.size`.
        message: What is wrong and what to do, in full sentences.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class RecipeError(SensoriumError, ValueError):
    """A document has mistakes; the message lists all of them.

    Args:
        problems: The mistakes, in the order in which they stand in the document.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        return f"{len(self.problems)} mistakes:\n{lines}"


class DataError(SensoriumError, ValueError):
    """A table, a column or a value cannot be used as the recipe says."""


class NotFittedError(SensoriumError, RuntimeError):
    """A feature was asked to encode or decode before it was fitted."""


class TrainingError(SensoriumError, RuntimeError):
    """Training cannot go on, for example because a loss is no longer a number."""


class RunError(SensoriumError, OSError):
    """A run folder is missing, incomplete, or used by another process."""


class ArtifactError(SensoriumError, OSError):
    """An artifact is refused.

    Args:
        message: Where, what was expected, what came, what to do.
        reason: One word for programs, e.g. `checksum`, `format`, `member`.
    """

    def __init__(self, message: str, reason: str = "invalid") -> None:
        super().__init__(message)
        self.reason = reason


class MissingExtraError(SensoriumError, ImportError):
    """An optional dependency is not installed; the message names the extra."""


def sentence(where: str, expected: str, received: object = None, fix: str = "") -> str:
    """Builds a message in the one order that all messages have.

    Args:
        where: File, column, row or document path; empty to leave it out.
        expected: What was expected or what is wrong, without a final stop.
        received: The value that came; `None` leaves the part out.
        fix: What to do, as a full sentence; empty to leave it out.
    """
    parts = [f"{where}: {expected}." if where else f"{expected}."]
    if received is not None:
        parts.append(f"Received: {short(received)}.")
    if fix:
        parts.append(fix)
    return " ".join(parts)


def short(value: object, limit: int = 80) -> str:
    """Shows a value by its `repr`, cut to `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def near(word: str, known: Iterable[str]) -> str:
    """Says `Did you mean ...?` for the nearest known word, else an empty string."""
    by_lower = {name.lower(): name for name in known}
    hits = difflib.get_close_matches(str(word).lower(), by_lower, n=1, cutoff=0.6)
    return f"Did you mean `{by_lower[hits[0]]}`?" if hits else ""


def listing(items: Sequence[object], limit: int = 5) -> str:
    """Joins at most `limit` items by commas, then says how many more there are."""
    shown = ", ".join(str(item) for item in items[:limit])
    rest = len(items) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown


class ValuesWarning(UserWarning):
    """An encoder is given values far from those that it was taught with."""


class GameWarning(UserWarning):
    """A game no longer goes as it should: a player has collapsed or won."""
