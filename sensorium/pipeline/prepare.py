"""From tables to encoded rows: split first, fit on training rows, encode all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from sensorium.data import Table
from sensorium.data.parallel import in_order
from sensorium.data.split import TRAIN
from sensorium.errors import DataError, listing, sentence
from sensorium.features import Column, Columns, Digest, Feature, Reading
from sensorium.pipeline.digests import Digests
from sensorium.pipeline.sample_weights import read_weights
from sensorium.pipeline.storage import Collector
from sensorium.pipeline.tables import PARTS, Chunk, Divided, Planned, divide
from sensorium.recipe import Recipe
from sensorium.recipe.masks import sized_masks
from sensorium.recipe.planning import fitted_on
from sensorium.run.encoding import encode_rows
from sensorium.run.state import state_key
from sensorium.training.dataset import LABEL, WEIGHT


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
        labels: The fitted feature of every label: of the outputs by their names, of
            disposable heads by `<step>:<head>`.
        parts: Arrays of `train`, and of `valid` and `test` where they have rows, and
            for a named table of `<table>.train` and `<table>.valid`: inputs as the
            network takes them, labels under `label//<label>`, and the sample weights
            of some under `weight//<label>`.
        unreadable: Values that could not be read, in the order of the rows.
        notes: What reading the tables decided.
        key: What all this follows from; equal keys have equal arrays.
        keys: What the rows of each table follow from, by its name.
    """

    features: dict[str, Feature]
    labels: dict[str, Feature]
    parts: dict[str, Mapping[str, np.ndarray]]
    unreadable: list[Unreadable] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    key: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)

    def targets(self, recipe: Recipe) -> dict[str, Feature]:
        """The fitted features of a recipe's outputs, in their order."""
        return {name: self.labels[name] for name in recipe.targets()}

    def state_key(self, name: str) -> str:
        """The key of an input's or a label's fitted feature; empty if it has none."""
        feature = {**self.features, **self.labels}.get(name)
        return "" if feature is None else state_key(feature)

    def label_forms(self, names: Mapping[str, str]) -> dict[str, tuple[Any, Any]]:
        """Shape and dtype of a row of the arrays of labels and sample weights.

        Args:
            names: Head -> its label.
        """
        return {
            start + name: (arrays[start + label].shape[1:], arrays[start + label].dtype)
            for name, label in names.items()
            for start in (LABEL, WEIGHT)
            for arrays in self.parts.values()
            if start + label in arrays
        }

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


def prepare(
    recipe: Recipe,
    collector: Collector,
    tables: Sequence[Planned] | None = None,
    taught: Mapping[str, Feature] = MappingProxyType({}),
) -> Prepared:
    """Reads, splits, fits and encodes the tables of a recipe.

    Args:
        recipe: The document.
        collector: Where encoded rows go.
        tables: What `divide` gave, if it was called already.
        taught: Inputs whose feature comes with their encoder; one that is not fitted
            is fitted here, with its own settings.

    Raises:
        RecipeError: If tables lack columns; all are named.
        DataError: If a table cannot be read or used, or too many rows are unreadable.
    """
    tables = divide(recipe) if tables is None else tables
    digests = Digests()
    features, labels = fit_features(recipe, tables, digests, taught)
    prepared = Prepared(features, labels, {})
    number = 0
    for planned in tables:
        for divided in planned.divided:
            prepared.notes.extend(divided.table.notes)
            take = partial(digests.take, number)
            _encode(planned, divided, prepared, collector, take)
            number += 1
        _refuse_bad(planned, prepared, collector, recipe.max_bad)
    prepared.parts = collector.finish()
    _refuse_weightless(tables, prepared)
    return prepared


def fit_features(
    recipe: Recipe,
    tables: Sequence[Planned],
    digests: Digests,
    taught: Mapping[str, Feature] = MappingProxyType({}),
) -> tuple[dict[str, Feature], dict[str, Feature]]:
    """Fits inputs and labels on training rows, chunk by chunk.

    An input is fitted on the table that teaches its encoder (see `fitted_on`), a label
    on all tables that have it.

    Args:
        recipe: The document.
        tables: The tables.
        digests: Where digests of the chunks go.
        taught: Inputs whose feature is known, fitted or to be fitted here.
    """
    homes = fitted_on(recipe, [planned.plan for planned in tables])
    known = {name: f for name, f in taught.items() if f.is_fitted()}
    done: dict[str, Feature] = {_input(name): f for name, f in known.items()}
    number = 0
    for planned in tables:
        unfitted = _unfitted(planned, homes, taught)
        for divided in planned.divided:
            fit = partial(_fit_chunk, unfitted, divided.table)
            for first, fitted, made in in_order(fit, divided.chunks(planned.columns)):
                digests.keep(number, first, made)
                merged = {n: done[n].merge(f) for n, f in fitted.items() if n in done}
                done = {**done, **fitted, **merged}
            number += 1
        _refuse_unfitted(unfitted, done, planned)
    features = {name: done[_input(name)] for name in recipe.inputs}
    found = {label for planned in tables for label in planned.plan.labels}
    return features, sized_masks({name: done[name] for name in sorted(found)}, features)


def _unfitted(
    planned: Planned, homes: Mapping[str, Sequence[str]], taught: Mapping[str, Feature]
) -> dict[str, Feature]:
    plan = planned.plan
    inputs = {
        _input(name): taught.get(name, feature)
        for name, feature in plan.inputs.items()
        if plan.name in homes[name]
    }
    inputs = {name: f for name, f in inputs.items() if not f.is_fitted()}
    return {**inputs, **plan.labels}


def _refuse_unfitted(
    unfitted: Mapping[str, Feature], done: Mapping[str, Feature], planned: Planned
) -> None:
    if not set(unfitted) <= set(done):
        where = planned.divided[0].table.where
        fix = "Look at `split`."
        raise DataError(sentence(where, "there are no training rows", fix=fix))


def _fit_chunk(
    unfitted: Mapping[str, Feature], table: Table, chunk: Chunk
) -> tuple[int, dict[str, Feature], dict[str, Digest]]:
    first, columns, parts = chunk
    train = parts == TRAIN
    kept = np.flatnonzero(train)
    if not len(kept):
        return first, {}, {}
    reading = Reading(table.folder, table.where, first)
    found = {name: f.digest(columns, reading) for name, f in unfitted.items()}
    digests = {name: digest for name, digest in found.items() if digest is not None}
    read = {c for n, f in unfitted.items() if n not in digests for c in f.names_}
    chosen = {name: column for name, column in columns.items() if name in read}
    if len(kept) < len(parts):
        chosen = _rows(chosen, kept)
    reading_kept = Reading(table.folder, table.where, first, kept)
    fitted = {
        name: feature.fit_digest(digests[name], train)
        if name in digests
        else feature.fit(chosen, reading_kept)
        for name, feature in unfitted.items()
    }
    return first, fitted, digests


def _input(name: str) -> str:
    return f"input/{name}"  # labels have no `/` in their names


def _rows(columns: Columns, rows: np.ndarray) -> dict[str, Column]:
    return {
        name: c.gather(rows) if isinstance(c, pl.Series) else c[rows]
        for name, c in columns.items()
    }


def _encode(
    planned: Planned,
    divided: Divided,
    prepared: Prepared,
    collector: Collector,
    take: Callable[[int], Mapping[str, Digest]],
) -> None:
    plan = planned.plan
    features = {name: prepared.features[name] for name in plan.inputs}
    labels = {name: prepared.labels[name] for name in plan.labels}
    weighted = {
        name: (label, plan.weights.get(name, "")) for name, label in labels.items()
    }
    encode = partial(_encode_chunk, features, weighted, divided.table, take)
    for code, part in PARTS.items():
        count = int(np.count_nonzero(divided.parts == code))
        collector.expect(planned.part(part), count)
    for arrays, parts, errors in in_order(encode, divided.chunks(planned.columns)):
        prepared.unreadable.extend(
            Unreadable(planned.part(PARTS.get(code, "unused")), row, name, why)
            for code, row, name, why in errors
        )
        for code, part in PARTS.items():
            rows = np.flatnonzero(parts == code)
            collector.append(planned.part(part), arrays, rows)


def _encode_chunk(
    features: Mapping[str, Feature],
    labels: Mapping[str, tuple[Feature, str]],
    table: Table,
    take: Callable[[int], Mapping[str, Digest]],
    chunk: Chunk,
) -> tuple[dict[str, np.ndarray], np.ndarray, list[tuple[int, int, str, str]]]:
    first, columns, parts = chunk
    reading = Reading(table.folder, table.where, first)
    digests = {name.removeprefix("input/"): d for name, d in take(first).items()}
    rows = encode_rows(features, columns, reading, digests)
    arrays = rows.arrays
    errors = [(row, n, why) for row, found in rows.errors.items() for n, why in found]
    for name, (label, weight) in labels.items():
        encoded = label.encode_target(columns, reading)
        arrays[LABEL + name] = encoded.values
        if weight:
            used = encoded.present & np.isin(parts, list(PARTS))
            arrays[WEIGHT + name] = read_weights(columns[weight], weight, used, reading)
        errors += [(row, name, why) for row, why in encoded.errors.items()]
    unreadable = [
        (int(parts[row]), first + row + 1, name, why)
        for row, name, why in sorted(errors)
    ]
    return arrays, parts, unreadable


def _refuse_weightless(tables: Sequence[Planned], prepared: Prepared) -> None:
    for planned in tables:
        train = prepared.parts.get(planned.part("train"), {})
        for name, column in planned.plan.weights.items():
            if WEIGHT + name in train and not np.any(train[WEIGHT + name]):
                where = f"{planned.divided[0].table.where}, column `{column}`"
                text = f"all sample weights of `{name}` in the training rows are 0"
                raise DataError(sentence(where, text, fix="It would learn nothing."))


def _refuse_bad(
    planned: Planned, prepared: Prepared, collector: Collector, max_bad: float
) -> None:
    part = planned.part("train")
    bad = [u for u in prepared.unreadable if u.part == part]
    total = collector.num_rows(part)
    share = len({u.row for u in bad}) / max(total, 1)
    if share > max_bad:
        shown = [f"row {u.row:,} `{u.name}`: {u.reason}" for u in bad]
        where = f"{planned.plan.path}: " if planned.plan.path else ""
        text = (
            f"{where}{share:.1%} of the {total:,} training rows cannot be read, "
            f"more than `max_bad` = {max_bad:.1%} allows. First: {listing(shown, 3)}. "
            f"Mend them, or raise `max_bad`."
        )
        raise DataError(text)
