"""Encoded rows as Keras batches of one shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np

from sensorium.data.order import key, permute

Arrays = Mapping[str, np.ndarray]


class RowSource(Protocol):
    """Arrays of equal length from which rows can be gathered."""

    @property
    def num_rows(self) -> int:
        """How many rows there are."""

    def take(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The rows at some positions, as new arrays."""


@dataclass(frozen=True)
class InMemory:
    """Arrays in memory as a source of rows.

    Args:
        arrays: Name -> array; all have the same length.
    """

    arrays: Arrays

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.arrays.values())))

    def take(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The rows at some positions, as new arrays."""
        return {name: array.take(rows, 0) for name, array in self.arrays.items()}


class EncodedBatches(keras.utils.PyDataset):
    """Batches of encoded rows, in an order that is a function and not a state.

    Which rows a batch holds depends on (seed, stage, epoch) and its number only, so a
    resumed run goes on with the very batches of an unbroken one. Every batch has
    `batch_size` rows, because a shape that changes is compiled anew: the last one is
    filled up with rows that have no labels, and labels that are absent weigh nothing.

    Args:
        inputs: Input arrays, keyed as the network takes them.
        labels: Label arrays by output; absent ones are -1 or NaN.
        batch_size: Rows a batch.
        seed: The run's seed.
        stage: Number of the stage.
        shuffle: Whether the order changes with the epoch; `False` keeps the table's.
    """

    def __init__(
        self,
        inputs: RowSource,
        labels: RowSource,
        *,
        batch_size: int,
        seed: int = 0,
        stage: int = 0,
        shuffle: bool = True,
    ) -> None:
        super().__init__()
        self.inputs = inputs
        self.labels = labels
        self.num_rows = inputs.num_rows
        self.batch_size = batch_size
        self.seed = seed
        self.stage = stage
        self.shuffle = shuffle
        self.epoch = 0

    def __len__(self) -> int:
        return -(-self.num_rows // self.batch_size)

    def rows(self, index: int) -> np.ndarray:
        """Positions of the rows in batch `index` of the current epoch."""
        start = index * self.batch_size
        positions = np.arange(start, min(start + self.batch_size, self.num_rows))
        if not self.shuffle:
            return positions
        order = key(self.seed, "order", self.stage, self.epoch)
        return permute(positions, self.num_rows, order)

    def __getitem__(self, index: int) -> tuple[dict[str, Any], dict[str, Any]]:
        rows = self.rows(index)
        inputs, labels = self.inputs.take(rows), self.labels.take(rows)
        missing = self.batch_size - len(rows)
        if missing:
            inputs = {name: _repeated(a, missing) for name, a in inputs.items()}
            labels = {name: _unlabelled(a, missing) for name, a in labels.items()}
        return inputs, labels

    def on_epoch_end(self) -> None:
        """Goes on to the next epoch's order."""
        self.epoch += 1


def _repeated(array: np.ndarray, times: int) -> np.ndarray:
    return np.concatenate([array, np.repeat(array[:1], times, axis=0)])


def _unlabelled(array: np.ndarray, times: int) -> np.ndarray:
    absent = -1 if array.dtype.kind in "iu" else np.nan
    filler = np.full((times, *array.shape[1:]), absent, array.dtype)
    return np.concatenate([array, filler])
