"""The part of a recipe that says which rows train and which are held out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sensorium.data.split import Split
from sensorium.errors import DataError, Problem
from sensorium.schema import Declared, check_arguments, parameters_of

DEFAULT = {"valid": 0.1, "test": 0.1}


class SplitDocument(Declared):
    """What stands under `split:`.

    Args:
        valid: Share of rows for validation, or the values of `column` that mark them.
        test: Share of rows for testing, or the values of `column` that mark them.
        train: Values of `column` that mark training rows; without it all other values
            do.
        group: Column whose values stay together, e.g. the patient.
        time: Column of times; the latest rows are for testing.
        column: Column that names the part of each row (train, valid, test), or holds
            values listed under `valid` and `test`, e.g. folds.
    """

    def __init__(
        self,
        valid: float | list[Any] | None = None,
        test: float | list[Any] | None = None,
        train: list[Any] | None = None,
        group: str | None = None,
        time: str | None = None,
        column: str | None = None,
    ) -> None:
        self.valid = valid
        self.test = test
        self.train = train
        self.group = group
        self.time = time
        self.column = column


def split_of(
    document: Mapping[str, Any] | None, seed: int, stratify: str | None
) -> Split:
    """The split that a document describes; `None` holds out a tenth twice.

    Args:
        document: What stands under `split:`.
        seed: The recipe's seed.
        stratify: Column whose classes all parts share alike.
    """
    given = dict(DEFAULT if document is None else document)
    parts = {
        part: list(given.pop(part))
        for part in ("train", "valid", "test")
        if isinstance(given.get(part), (list, tuple))
    }
    return Split(**given, parts=parts or None, stratify=stratify, seed=seed)


def split_problems(document: Any, path: str) -> Iterator[Problem]:
    """Lists every mistake under `split:`."""
    if document is None:
        return
    _, problems = check_arguments("split", parameters_of(SplitDocument), document)
    yield from (Problem(f"{path}.{p.path}", p.message) for p in problems)
    if problems:
        return
    try:
        split_of(document, 0, None)
    except DataError as error:
        yield Problem(path, str(error))
