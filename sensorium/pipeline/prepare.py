"""From tables to encoded rows: split first, fit on training rows, encode all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from sensorium.data import Table, read
from sensorium.data.split import TEST, TRAIN, VALID, assign
from sensorium.errors import DataError, listing, sentence
from sensorium.features import Column, Columns, Digest, Feature, Reading
from sensorium.pipeline.digests import Digests
from sensorium.pipeline.parallel import in_order
from sensorium.pipeline.storage import Collector
from sensorium.recipe import Recipe
from sensorium.run.encoding import encode_rows
from sensorium.training.dataset import LABEL

PARTS = {TRAIN: "train", VALID: "valid", TEST: "test"}
Chunk = tuple[int, Columns, np.ndarray]
CHUNK = 25_000
LARGE_CHUNK = 4_096
"""Rows read at a time; fewer where a row is large: pictures, signals."""


@dataclass(frozen=True)
class Unreadable:
    """A value that could not be read.

    Args:
        part: The row's part, e.g. `train`.
        row: Its number in the table, from 1.
        name: The input or output.
        reason: Why.
    """

    part: str
    row: int
    name: str
    reason: str


@dataclass
class Prepared:
    """What training needs of the data.

    Args:
        features: The fitted feature of every input.
        targets: The fitted feature of every output.
        parts: Arrays of `train`, and of `valid` and `test` where they have rows:
            inputs as the network takes them, labels under `label//<output>`.
        unreadable: Values that could not be read, in the order of the rows.
        notes: What reading the tables decided.
    """

    features: dict[str, Feature]
    targets: dict[str, Feature]
    parts: dict[str, Mapping[str, np.ndarray]]
    unreadable: list[Unreadable] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def rows(self) -> dict[str, int]:
        """How many rows each part has."""
        return {
            part: len(next(iter(arrays.values())))
            for part, arrays in self.parts.items()
        }

    def quarantine(self) -> str:
        """The unreadable values as CSV text: part, row, name, reason."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["part", "row", "name", "reason"])
        writer.writerows((u.part, u.row, u.name, u.reason) for u in self.unreadable)
        return text.getvalue()


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


def prepare(
    recipe: Recipe, collector: Collector, tables: Sequence[Divided] | None = None
) -> Prepared:
    """Reads, splits, fits and encodes the tables of a recipe.

    Args:
        recipe: The document.
        collector: Where encoded rows go.
        tables: What `divide` gave, if it was called already.

    Raises:
        RecipeError: If tables lack columns; all are named.
        DataError: If a table cannot be read or used, or too many rows are unreadable.
    """
    tables = divide(recipe) if tables is None else tables
    names = needed_columns(recipe)
    digests = Digests()
    features, targets = fit_features(recipe, tables, names, digests)
    prepared = Prepared(features, targets, {})
    for number, divided in enumerate(tables):
        prepared.notes.extend(divided.table.notes)
        take = partial(digests.take, number)
        _encode(divided, names, prepared, collector, take)
    _refuse_bad(prepared, collector, recipe.max_bad)
    prepared.parts = collector.finish()
    return prepared


def describe(data: Any) -> str:
    """Names a recipe's data for people."""
    if isinstance(data, Mapping) and _are_parts(data):
        return ", ".join(str(source) for source in data.values())
    return data if isinstance(data, str) else getattr(data, "where", "a table")


def divide(recipe: Recipe) -> list[Divided]:
    """Reads the tables and assigns every row to a part, before anything is fitted."""
    if isinstance(recipe.data, Mapping) and _are_parts(recipe.data):
        return [_whole(recipe, source, part) for part, source in recipe.data.items()]
    table = open_table(recipe, recipe.data)
    parts = assign(table, recipe.table_split())
    return [Divided(table, parts, chunk_rows(recipe))]


def open_table(recipe: Recipe, source: Any) -> Table:
    """Reads a table and compares it with the recipe."""
    if isinstance(source, str):
        source = recipe.folder / source
    table = source if isinstance(source, Table) else read(source)
    recipe.check_table(table.dtypes, table.where)
    if not table.num_rows:
        raise DataError(sentence(table.where, "there are no rows to learn from"))
    return table


def chunk_rows(recipe: Recipe) -> int:
    """How many rows are read at a time."""
    kinds = {feature.kind for feature in recipe.features().values()}
    return LARGE_CHUNK if kinds & {"image", "signal"} else CHUNK


def needed_columns(recipe: Recipe) -> list[str]:
    """The columns that inputs and outputs are read from."""
    parts = [*recipe.features().items(), *recipe.targets().items()]
    return list(dict.fromkeys(c for name, f in parts for c in f.sources(name)))


def fit_features(
    recipe: Recipe, tables: Sequence[Divided], names: Sequence[str], digests: Digests
) -> tuple[dict[str, Feature], dict[str, Feature]]:
    """Fits inputs and outputs on the training rows, chunk by chunk.

    Args:
        recipe: The document.
        tables: The tables.
        names: The columns that are read.
        digests: Where digests of the chunks go.
    """
    unfitted = {**recipe.features(), **_targets(recipe)}
    done: dict[str, Feature] = {}
    for number, divided in enumerate(tables):
        fit = partial(_fit_chunk, unfitted, divided.table)
        for first, fitted, made in in_order(fit, divided.chunks(names)):
            digests.keep(number, first, made)
            merged = {n: done[n].merge(f) for n, f in fitted.items() if n in done}
            done = {**done, **fitted, **merged}
    if not done:
        raise DataError("there are no training rows. Look at `split`.")
    features = {name: done[name] for name in recipe.inputs}
    return features, {name: done[_output(name)] for name in recipe.outputs}


def _fit_chunk(
    unfitted: Mapping[str, Feature], table: Table, chunk: Chunk
) -> tuple[int, dict[str, Feature], dict[str, Digest]]:
    first, columns, parts = chunk
    train = parts == TRAIN
    kept = np.flatnonzero(train)
    if not len(kept):
        return first, {}, {}
    chosen = columns if len(kept) == len(parts) else _rows(columns, kept)
    reading = Reading(table.folder, table.where, first)
    reading_kept = Reading(table.folder, table.where, first, kept)
    fitted: dict[str, Feature] = {}
    digests: dict[str, Digest] = {}
    for name, feature in unfitted.items():
        digest = feature.digest(columns, reading)
        if digest is None:
            fitted[name] = feature.fit(chosen, reading_kept)
        else:
            digests[name] = digest
            fitted[name] = feature.fit_digest(digest, train)
    return first, fitted, digests


def _output(name: str) -> str:
    return f"output/{name}"  # inputs have no `/` in their names


def _targets(recipe: Recipe) -> dict[str, Feature]:
    return {_output(name): target for name, target in recipe.targets().items()}


def _whole(recipe: Recipe, source: Any, part: str) -> Divided:
    table = open_table(recipe, source)
    code = {name: code for code, name in PARTS.items()}[part]
    parts = np.full(table.num_rows, code, np.uint8)
    return Divided(table, parts, chunk_rows(recipe))


def _are_parts(data: Mapping[str, Any]) -> bool:
    return set(data) <= set(PARTS.values()) and "train" in data


def _rows(columns: Columns, rows: np.ndarray) -> dict[str, Column]:
    return {
        name: c.gather(rows) if isinstance(c, pl.Series) else c[rows]
        for name, c in columns.items()
    }


def _encode(
    divided: Divided,
    names: Sequence[str],
    prepared: Prepared,
    collector: Collector,
    take: Callable[[int], Mapping[str, Digest]],
) -> None:
    encode = partial(_encode_chunk, prepared, divided.table, take)
    for arrays, parts, unreadable in in_order(encode, divided.chunks(names)):
        prepared.unreadable.extend(unreadable)
        for code, part in PARTS.items():
            collector.append(part, arrays, np.flatnonzero(parts == code))


def _encode_chunk(
    prepared: Prepared,
    table: Table,
    take: Callable[[int], Mapping[str, Digest]],
    chunk: Chunk,
) -> tuple[dict[str, np.ndarray], np.ndarray, list[Unreadable]]:
    first, columns, parts = chunk
    reading = Reading(table.folder, table.where, first)
    rows = encode_rows(prepared.features, columns, reading, take(first))
    arrays = rows.arrays
    errors = [(row, n, why) for row, found in rows.errors.items() for n, why in found]
    for name, target in prepared.targets.items():
        encoded = target.encode_target(columns, reading)
        arrays[LABEL + name] = encoded.values
        errors += [(row, name, why) for row, why in encoded.errors.items()]
    unreadable = [
        Unreadable(PARTS.get(int(parts[row]), "unused"), first + row + 1, name, why)
        for row, name, why in sorted(errors)
    ]
    return arrays, parts, unreadable


def _refuse_bad(prepared: Prepared, collector: Collector, max_bad: float) -> None:
    bad = [u for u in prepared.unreadable if u.part == "train"]
    total = collector.num_rows("train")
    share = len({u.row for u in bad}) / max(total, 1)
    if share > max_bad:
        shown = [f"row {u.row:,} `{u.name}`: {u.reason}" for u in bad]
        text = (
            f"{share:.1%} of the {total:,} training rows cannot be read, more than "
            f"`max_bad` = {max_bad:.1%} allows. First: {listing(shown, 3)}. "
            f"Mend them, or raise `max_bad`."
        )
        raise DataError(text)
