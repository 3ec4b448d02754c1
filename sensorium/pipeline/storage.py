"""Where encoded rows go while a table is read: into memory or onto the disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from sensorium.data.store import ArrayWriter, take

Arrays = Mapping[str, np.ndarray]


class Collector(Protocol):
    """Takes encoded rows chunk by chunk, each into its part."""

    def append(self, part: str, arrays: Arrays, rows: np.ndarray) -> None:
        """Adds the rows at some positions of a chunk to a part."""

    def num_rows(self, part: str) -> int:
        """How many rows a part has by now."""

    def finish(self) -> dict[str, Arrays]:
        """The arrays of every part that has rows."""


class MemoryCollector:
    """Keeps encoded rows in memory."""

    def __init__(self) -> None:
        self._chunks: dict[str, list[Arrays]] = {}
        self._rows: dict[str, int] = {}

    def append(self, part: str, arrays: Arrays, rows: np.ndarray) -> None:
        """Adds the rows at some positions of a chunk to a part."""
        if len(rows):
            self._chunks.setdefault(part, []).append(take(arrays, rows))
            self._rows[part] = self.num_rows(part) + len(rows)

    def num_rows(self, part: str) -> int:
        """How many rows a part has by now."""
        return self._rows.get(part, 0)

    def finish(self) -> dict[str, Arrays]:
        """The arrays of every part that has rows."""
        found: dict[str, Arrays] = {
            part: _joined(chunks) for part, chunks in self._chunks.items()
        }
        self._chunks = {}
        return found


class DiskCollector:
    """Writes encoded rows into one store a part, below a folder.

    Args:
        folder: Parent of the stores; each becomes visible when it is whole.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, ArrayWriter] = {}
        self._rows: dict[str, int] = {}

    def append(self, part: str, arrays: Arrays, rows: np.ndarray) -> None:
        """Adds the rows at some positions of a chunk to a part."""
        if not len(rows):
            return
        if part not in self._writers:
            self._writers[part] = ArrayWriter(self._folder / part)
        self._writers[part].append(take(arrays, rows))
        self._rows[part] = self.num_rows(part) + len(rows)

    def num_rows(self, part: str) -> int:
        """How many rows a part has by now."""
        return self._rows.get(part, 0)

    def finish(self) -> dict[str, Arrays]:
        """The arrays of every part that has rows, mapped from the disk."""
        return {part: writer.finish() for part, writer in self._writers.items()}

    def abandon(self) -> None:
        """Removes what was written."""
        for writer in self._writers.values():
            writer.abandon()


def _joined(chunks: list[Arrays]) -> dict[str, np.ndarray]:
    if len(chunks) == 1:
        return dict(chunks[0])
    return {name: np.concatenate([c[name] for c in chunks]) for name in chunks[0]}
