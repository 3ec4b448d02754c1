"""Rows as batches for a game, in an order that is a function of seed and epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from sensorium.data.batches import Batches
from sensorium.errors import DataError, listing, sentence


class Rounds(keras.utils.PyDataset):
    """Full batches of arrays; what is left over differs from epoch to epoch.

    Args:
        x: An array, or arrays by name, with rows on the first axis.
        y: The same, or `None`.
        batch_size: Rows a batch; all of them where there are fewer.
        seed: Decides the order.
        rows: Positions of the rows to use; `None` is all.
    """

    def __init__(
        self, x: Any, y: Any, batch_size: int, seed: int = 0, rows: Any = None
    ) -> None:
        super().__init__()
        self._form = _whole(x) if y is None else (_whole(x), _whole(y))
        arrays = keras.tree.flatten(self._form)
        every = _rows(arrays)
        self._arrays = {str(place): array for place, array in enumerate(arrays)}
        self._used = rows
        self.batch_size = min(batch_size, every if rows is None else _some(rows))
        self.seed = seed
        self.begin(0)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Any:
        taken: Mapping[str, Any] = self._batches[index]
        flat = [taken[str(place)] for place in range(len(taken))]
        batch = keras.tree.pack_sequence_as(self._form, flat)
        return batch if isinstance(batch, tuple) else (batch,)

    def begin(self, epoch: int) -> None:
        """Takes the order of an epoch, counted from 0."""
        self.epoch = epoch
        self._batches = Batches(
            self._arrays,
            self._used,
            batch_size=self.batch_size,
            seed=self.seed,
            stage="game",
            epoch=epoch,
            drop_remainder=True,
        )


def _whole(given: Any) -> Any:
    if isinstance(given, Mapping):
        return {name: np.asarray(item) for name, item in given.items()}
    return np.asarray(given)


def _rows(arrays: list[np.ndarray]) -> int:
    counts = list(dict.fromkeys(len(array) if array.ndim else 0 for array in arrays))
    if len(counts) > 1:
        text = f"arrays have different numbers of rows: {listing(counts)}"
        raise DataError(sentence("Game.fit", text))
    if not counts or not counts[0]:
        raise DataError(sentence("Game.fit", "expected at least one row"))
    return counts[0]


def _some(rows: Any) -> int:
    if not len(rows):
        raise DataError(sentence("Game.fit", "expected at least one of `rows`"))
    return len(rows)
