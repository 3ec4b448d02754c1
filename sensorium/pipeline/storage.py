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

    def expect(self, part: str, rows: int) -> None:
        """Says how many rows of a part are about to come."""

    def append(self, part: str, arrays: Arrays, rows: np.ndarray) -> None:
        """Adds the rows at some positions of a chunk to a part."""

    def num_rows(self, part: str) -> int:
        """How many rows a part has by now."""

    def finish(self) -> dict[str, Arrays]:
        """The arrays of every part that has rows."""


class MemoryCollector:
    """Keeps encoded rows in memory: once, where it is said how many are to come."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, np.ndarray]] = {}
        self._rows: dict[str, int] = {}
        self._room: dict[str, int] = {}

    def expect(self, part: str, rows: int) -> None:
        """Makes room for rows of a part."""
        self._room[part] = self.num_rows(part) + rows

    def append(self, part: str, arrays: Arrays, rows: np.ndarray) -> None:
        """Adds the rows at some positions of a chunk to a part."""
        if not len(rows):
            return
        start = self.num_rows(part)
        end = start + len(rows)
        held = self._held.setdefault(part, {})
        for name, array in arrays.items():
            room = max(end, self._room.get(part, 0))
            held[name] = _with_room(held.get(name), array, start, room)
            place = held[name][start:end]
            np.take(array, rows, axis=0, out=place, mode="clip")  # no copy between
        self._rows[part] = end

    def num_rows(self, part: str) -> int:
        """How many rows a part has by now."""
        return self._rows.get(part, 0)

    def finish(self) -> dict[str, Arrays]:
        """The arrays of every part that has rows."""
        held, self._held = self._held, {}
        return {
            part: {name: array[: self._rows[part]] for name, array in arrays.items()}
            for part, arrays in held.items()
        }


class DiskCollector:
    """Writes encoded rows into one store a part, below a folder.

    Args:
        folder: Parent of the stores; each becomes visible when it is whole.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, ArrayWriter] = {}
        self._rows: dict[str, int] = {}

    def expect(self, part: str, rows: int) -> None:
        """Nothing to do: rows go to the disk as they come."""

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


def _with_room(
    held: np.ndarray | None, like: np.ndarray, used: int, room: int
) -> np.ndarray:
    if held is not None and len(held) >= room:
        return held
    made = np.empty((room, *like.shape[1:]), like.dtype)
    if held is not None:
        made[:used] = held[:used]
    return made
