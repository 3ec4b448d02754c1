"""Where encoded rows go while a table is read: into memory or onto the disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from sensorium.training.dataset import InMemory, RowSource

Arrays = Mapping[str, np.ndarray]
Rows = RowSource


class Collector(Protocol):
    """Takes encoded rows chunk by chunk, each into its part."""

    names: list[str]

    def append(
        self, part: str, inputs: Arrays, labels: Arrays, rows: np.ndarray
    ) -> None:
        """Adds the rows at some positions of a chunk to a part."""

    def num_rows(self, part: str) -> int:
        """How many rows a part has by now."""

    def finish(self, part: str) -> tuple[Rows, Rows]:
        """Inputs and labels of a part, once everything was appended."""


class MemoryCollector:
    """Keeps encoded rows in memory."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._chunks: dict[str, list[tuple[Arrays, Arrays]]] = {}

    def append(
        self, part: str, inputs: Arrays, labels: Arrays, rows: np.ndarray
    ) -> None:
        """Adds the rows at some positions of a chunk to a part."""
        if not len(rows):
            return
        if part not in self._chunks:
            self.names.append(part)
        taken = tuple(
            {name: array.take(rows, 0) for name, array in arrays.items()}
            for arrays in (inputs, labels)
        )
        self._chunks.setdefault(part, []).append((taken[0], taken[1]))

    def num_rows(self, part: str) -> int:
        """How many rows a part has by now."""
        chunks = self._chunks.get(part, [])
        return sum(len(next(iter(labels.values()))) for _, labels in chunks)

    def finish(self, part: str) -> tuple[Rows, Rows]:
        """Inputs and labels of a part."""
        chunks = self._chunks.pop(part)
        inputs, labels = zip(*chunks, strict=True)
        return InMemory(_joined(inputs)), InMemory(_joined(labels))


def _joined(chunks: tuple[Arrays, ...]) -> dict[str, np.ndarray]:
    if len(chunks) == 1:
        return dict(chunks[0])
    return {name: np.concatenate([c[name] for c in chunks]) for name in chunks[0]}
