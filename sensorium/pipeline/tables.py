"""A recipe's tables: read, compared with what they are for, and divided."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sensorium.data import Table, describe_document
from sensorium.data.split import TEST, TRAIN, VALID, assign
from sensorium.errors import DataError, sentence
from sensorium.features import Columns
from sensorium.recipe import Recipe
from sensorium.recipe.planning import MAIN, TablePlan, are_parts, table_plans

PARTS = {TRAIN: "train", VALID: "valid", TEST: "test"}
Chunk = tuple[int, Columns, np.ndarray]
CHUNK = 25_000
LARGE_CHUNK = 4_096
"""Rows read at a time; fewer where a row is large: pictures, signals."""


@dataclass(frozen=True)
class Divided:
    """A table and the part of each of its rows.

    Args:
        table: The table.
        parts: One of `TRAIN`, `VALID`, `TEST`, `UNUSED` a row.
        chunk: Rows read at a time.
    """

    table: Table
    parts: np.ndarray
    chunk: int = CHUNK

    def chunks(self, names: Sequence[str]) -> Iterator[Chunk]:
        """First row, columns and parts of one chunk after the other."""
        first = 0
        for columns in self.table.chunks(list(names), rows=self.chunk):
            length = len(next(iter(columns.values())))
            yield first, columns, self.parts[first : first + length]
            first += length


@dataclass(frozen=True)
class Planned:
    """What is read from one of a recipe's tables.

    Args:
        plan: What it is for, without the inputs and labels that it lacks.
        divided: The table; `data` may be three, one for each part.
    """

    plan: TablePlan
    divided: list[Divided]

    @property
    def columns(self) -> list[str]:
        """The columns that inputs, labels and their weights are read from."""
        features = self.plan.features().items()
        read = [column for name, f in features for column in f.sources(name)]
        return list(dict.fromkeys([*read, *self.plan.weights.values()]))

    def part(self, name: str) -> str:
        """What a part is called among those of all tables, e.g. `photos.train`."""
        return f"{self.plan.name}.{name}" if self.plan.name else name


def divide(recipe: Recipe) -> list[Planned]:
    """Reads the tables and assigns every row to a part, before anything is fitted.

    Raises:
        RecipeError: If tables lack columns; all of a table are named.
        DataError: If a table cannot be read or has no rows.
    """
    return [_planned(recipe, plan) for plan in table_plans(recipe)]


def describe(data: Any) -> str:
    """Names a recipe's data for people."""
    if are_parts(data):
        return ", ".join(describe_document(source) for source in data.values())
    return describe_document(data)


def _planned(recipe: Recipe, plan: TablePlan) -> Planned:
    tables = plan.tables(recipe.folder)
    for table in tables.values():
        if not table.num_rows:
            raise DataError(sentence(table.where, "there are no rows to learn from"))
    first, *others = tables.values()
    plan = _available(recipe, plan, first)
    if are_parts(plan.document):
        alike = dataclasses.replace(plan, required=frozenset(plan.features()))
        for other in others:
            _available(recipe, alike, other)
        divided = [_whole(recipe, table, part) for part, table in tables.items()]
        return Planned(plan, divided)
    parts = assign(first, recipe.split_of(plan.labels, plan.split))
    return Planned(plan, [Divided(first, parts, chunk_rows(recipe))])


def _available(recipe: Recipe, plan: TablePlan, table: Table) -> TablePlan:
    if plan.name == MAIN:
        recipe.check_table(table.dtypes, table.where)
    return plan.available(table.dtypes, table.where)


def chunk_rows(recipe: Recipe) -> int:
    """How many rows are read at a time."""
    kinds = {feature.kind for feature in recipe.features().values()}
    return LARGE_CHUNK if kinds & {"image", "signal"} else CHUNK


def _whole(recipe: Recipe, table: Table, part: str) -> Divided:
    code = {name: code for code, name in PARTS.items()}[part]
    parts = np.full(table.num_rows, code, np.uint8)
    return Divided(table, parts, chunk_rows(recipe))
