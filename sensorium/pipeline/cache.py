"""Encoded tables kept on the disk, so that a second run starts at once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sensorium import __version__
from sensorium.data.store import ArrayStore, cache_key
from sensorium.errors import ArtifactError
from sensorium.pipeline.prepare import (
    Divided,
    Prepared,
    Unreadable,
    divide,
    needed_columns,
    prepare,
)
from sensorium.pipeline.storage import DiskCollector, MemoryCollector
from sensorium.recipe import Recipe
from sensorium.run.artifact import read_artifact, write_artifact
from sensorium.run.state import restore_parts, state_arrays, state_documents

FOLDER = ".sensorium-cache"
KEPT = 4
_STATE = "state.sensorium"
_FILES = ("image", "signal")
_DAMAGED = (
    ArtifactError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    pl.exceptions.PolarsError,
)


def prepare_cached(recipe: Recipe, folder: Path | None) -> tuple[Prepared, bool]:
    """Prepares a recipe's tables, or opens what an earlier run left.

    The key is made of the tables' content (and, for columns of paths, of the files'
    sizes and times), of inputs, outputs, split and seed: if any of them changes,
    everything is made anew. The `KEPT` newest entries are kept.

    Args:
        recipe: The document.
        folder: Where entries are kept; `None` keeps everything in memory.

    Returns:
        What was prepared, and whether it came from the disk.
    """
    tables = divide(recipe)
    if folder is None:
        return prepare(recipe, MemoryCollector(), tables), False
    entry = folder / _key(recipe, tables)[:32]
    found = _open(recipe, entry)
    if found is not None:
        entry.touch()
        return found, True
    collector = DiskCollector(entry)
    try:
        prepared = prepare(recipe, collector, tables)
    except BaseException:  # also Ctrl-C: half an entry is of no use
        collector.abandon()
        raise
    _write_state(entry, prepared)
    _drop_oldest(folder)
    return prepared, False


def _key(recipe: Recipe, tables: Sequence[Divided]) -> str:
    names = needed_columns(recipe)
    inputs = [
        [name, {k: v for k, v in document.items() if k != "encoder"}]
        for name, document in recipe.inputs.items()
    ]
    outputs = [
        [name, document["type"], document.get("column")]
        for name, document in recipe.outputs.items()
    ]
    return cache_key(
        {
            "version": [__version__, pl.__version__, np.__version__],
            "tables": [divided.table.content_key() for divided in tables],
            "parts": [_digest(divided.parts) for divided in tables],
            "files": [_file_stamps(recipe, divided, names) for divided in tables],
            "inputs": inputs,
            "outputs": outputs,
            "max_bad": recipe.max_bad,
        }
    )


def _digest(parts: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(parts).data).hexdigest()


def _file_stamps(recipe: Recipe, divided: Divided, names: Sequence[str]) -> str:
    """Sizes and times of the files that columns of paths name."""
    table = divided.table
    columns = [
        column
        for name, feature in recipe.features().items()
        if feature.kind in _FILES
        for column in feature.sources(name)
        if table.dtypes[column] == pl.String
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


def _open(recipe: Recipe, entry: Path) -> Prepared | None:
    if not (entry / _STATE).exists():  # never made, or another process is making it
        return None
    try:
        return _opened(recipe, entry)
    except _DAMAGED:  # made anew
        shutil.rmtree(entry, ignore_errors=True)
        return None


def _opened(recipe: Recipe, entry: Path) -> Prepared:
    saved = read_artifact(entry / _STATE)
    features, targets = restore_parts(
        recipe, saved.documents["state"], saved.arrays["state"]
    )
    found: Any = saved.documents["found"]
    parts = {part: ArrayStore.open(entry / part) for part in found["parts"]}
    unreadable = [Unreadable(**item) for item in found["unreadable"]]
    return Prepared(features, targets, dict(parts), unreadable, list(found["notes"]))


def _write_state(entry: Path, prepared: Prepared) -> None:
    found: Mapping[str, Any] = {
        "unreadable": [asdict(item) for item in prepared.unreadable],
        "notes": prepared.notes,
        "parts": list(prepared.parts),
    }
    states = state_documents(prepared.features, prepared.targets)
    arrays = state_arrays(prepared.features, prepared.targets)
    write_artifact(
        entry / _STATE, {"state": states, "found": found}, {"state": arrays}, {}
    )


def _drop_oldest(folder: Path) -> None:
    entries = [entry for entry in folder.iterdir() if entry.is_dir()]
    entries.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
    for entry in entries[KEPT:]:
        shutil.rmtree(entry, ignore_errors=True)
