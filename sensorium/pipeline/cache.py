"""Encoded tables kept on the disk, so that a second run starts at once."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from sensorium import __version__
from sensorium.data.hashing import array_digest
from sensorium.data.newest import keep_newest
from sensorium.data.store import ArrayStore, cache_key
from sensorium.errors import ArtifactError
from sensorium.features import Feature
from sensorium.pipeline.prepare import Prepared, Unreadable, prepare
from sensorium.pipeline.storage import DiskCollector, MemoryCollector
from sensorium.pipeline.tables import Divided, Planned, divide
from sensorium.recipe import Recipe
from sensorium.recipe.planning import fitted_on
from sensorium.run.artifact import read_artifact, write_artifact
from sensorium.run.state import restore_parts, state_arrays, state_documents, state_key
from sensorium.schema import arguments_of

FOLDER = ".sensorium-cache"
KEPT = 4
LENGTH = 32
"""Letters of an entry's name."""
_STATE = "state.sensorium"
_FILES = ("image", "signal", "mask")
_DAMAGED = (
    ArtifactError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    pl.exceptions.PolarsError,
)


def prepare_cached(
    recipe: Recipe,
    folder: Path | None,
    taught: Mapping[str, Feature] = MappingProxyType({}),
) -> tuple[Prepared, bool]:
    """Prepares a recipe's tables, or opens what an earlier run left.

    The key is made of the tables' content (and, for columns of paths, of the files'
    sizes and times), of inputs, labels, split and seed: if any of them changes,
    everything is made anew. The `KEPT` newest entries are kept.

    Args:
        recipe: The document.
        folder: Where entries are kept; `None` keeps everything in memory.
        taught: Inputs whose feature comes with their encoder, fitted or to be fitted.

    Returns:
        What was prepared, and whether it came from the disk.
    """
    tables = divide(recipe)
    keys = {planned.plan.name: _rows_key(recipe, planned) for planned in tables}
    name = _key(recipe, tables, taught, keys)
    known = partial(dataclasses.replace, key=name, keys=keys)
    if folder is None:
        prepared = prepare(recipe, MemoryCollector(), tables, taught)
        return known(prepared), False
    entry = folder / name[:LENGTH]
    declared = {**recipe.features(), **taught}
    found = _open(declared, entry, tables)
    if found is not None:
        entry.touch()
        return known(found), True
    collector = DiskCollector(entry)
    try:
        prepared = prepare(recipe, collector, tables, taught)
    except BaseException:  # also Ctrl-C: half an entry is of no use
        collector.abandon()
        raise
    _write_state(entry, prepared)
    _drop_oldest(folder)
    return known(prepared), False


def _key(
    recipe: Recipe,
    tables: Sequence[Planned],
    taught: Mapping[str, Feature],
    keys: Mapping[str, str],
) -> str:
    return cache_key(
        {
            "version": [__version__, pl.__version__, np.__version__],
            "tables": [_table_key(planned) for planned in tables],
            "rows": keys,
            "fitted": fitted_on(recipe, [planned.plan for planned in tables]),
            "inputs": [
                [name, {k: v for k, v in document.items() if k != "encoder"}]
                for name, document in recipe.inputs.items()
            ],
            "taught": {name: _taught_key(f) for name, f in taught.items()},
            "max_bad": recipe.max_bad,
        }
    )


def _taught_key(feature: Feature) -> list[Any]:
    given = arguments_of(feature, defaults=True).items()
    settings = [[k, repr(v)] for k, v in given if k not in ("columns", "encoder")]
    return [settings, state_key(feature) if feature.is_fitted() else ""]


def _table_key(planned: Planned) -> list[Any]:
    labels = [
        [name, label.kind, list(label.sources(name))]
        for name, label in planned.plan.labels.items()
    ]
    plan = planned.plan
    return [plan.name, list(plan.inputs), labels, sorted(plan.weights.items())]


def _rows_key(recipe: Recipe, planned: Planned) -> str:
    """What a table holds and how it is divided."""
    return cache_key(
        [
            [
                divided.table.content_key(),
                array_digest(divided.parts),
                _file_stamps(recipe, divided),
            ]
            for divided in planned.divided
        ]
    )


def _file_stamps(recipe: Recipe, divided: Divided) -> str:
    """Sizes and times of the files that columns of paths name."""
    table = divided.table
    columns = [
        column
        for name, feature in [*recipe.features().items(), *recipe.targets().items()]
        if feature.kind in _FILES
        for column in feature.sources(name)
        if table.dtypes.get(column) == pl.String
    ]
    if not columns or table.folder is None:
        return ""
    stamps = []
    for chunk in table.chunks(columns):
        for column in columns:
            stamps += [_stamp(table.folder, path) for path in chunk[column]]
    return cache_key(stamps)


def _stamp(folder: Path, path: Any) -> list[int]:
    try:
        status = (folder / str(path)).stat()
    except (OSError, ValueError):
        return []
    return [status.st_size, status.st_mtime_ns]


def _open(
    declared: Mapping[str, Feature], entry: Path, tables: Sequence[Planned]
) -> Prepared | None:
    if not (entry / _STATE).exists():  # never made, or another process is making it
        return None
    try:
        return _opened(declared, entry, tables)
    except _DAMAGED:  # made anew
        shutil.rmtree(entry, ignore_errors=True)
        return None


def _opened(
    declared: Mapping[str, Feature], entry: Path, tables: Sequence[Planned]
) -> Prepared:
    saved = read_artifact(entry / _STATE)
    labels = {name: f for t in tables for name, f in t.plan.labels.items()}
    features, labels = restore_parts(
        declared, labels, saved.documents["state"], saved.arrays["state"]
    )
    found: Any = saved.documents["found"]
    parts = {part: ArrayStore.open(entry / part) for part in found["parts"]}
    unreadable = [Unreadable(**item) for item in found["unreadable"]]
    return Prepared(features, labels, dict(parts), unreadable, list(found["notes"]))


def _write_state(entry: Path, prepared: Prepared) -> None:
    found: Mapping[str, Any] = {
        "unreadable": [asdict(item) for item in prepared.unreadable],
        "notes": prepared.notes,
        "parts": list(prepared.parts),
    }
    states = state_documents(prepared.features, prepared.labels)
    arrays = state_arrays(prepared.features, prepared.labels)
    write_artifact(
        entry / _STATE, {"state": states, "found": found}, {"state": arrays}, {}
    )


def _drop_oldest(folder: Path) -> None:
    # Beside the entries lie the folders of encodings and of finished stages.
    entries = [e for e in folder.iterdir() if e.is_dir() and len(e.name) == LENGTH]
    keep_newest(entries, KEPT)
