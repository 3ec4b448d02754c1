"""Batches of rows whose order is a function of (seed, stage, epoch)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from sensorium.data.order import key, permute
from sensorium.data.source import Array
from sensorium.data.store import ArrayStore, take
from sensorium.data.view import ArrayView
from sensorium.errors import DataError, sentence

WINDOW_ROWS = 2**16


class Batches:
    """One epoch of batches; any of them can be computed alone.

    The order is a pure function of seed, stage and epoch, so training that resumes
    at a batch goes on with the same rows as one that was not interrupted.

    Args:
        arrays: Arrays by name, first axis = rows; in memory or an `ArrayStore`.
        rows: Positions of the rows to use, e.g. those of a part of the split;
            `None` for all.
        batch_size: Rows a batch, at least 1.
        seed: The run's seed.
        stage: Name of the stage.
        epoch: Number of the epoch; another epoch has another order.
        shuffle: False leaves the rows in the order given.
        drop_remainder: Leaves out the last batch if it is short.
    """

    def __init__(
        self,
        arrays: Mapping[str, Array],
        rows: Array | None = None,
        batch_size: int = 256,
        *,
        seed: int = 0,
        stage: str = "",
        epoch: int = 0,
        shuffle: bool = True,
        drop_remainder: bool = False,
    ) -> None:
        self._arrays = arrays
        self._rows = _positions(arrays, rows)
        self._length = _length(arrays) if self._rows is None else len(self._rows)
        self._key = key(seed, stage, epoch) if shuffle else None
        if batch_size < 1:
            raise DataError(sentence("`batch_size`", "must be at least 1", batch_size))
        self.batch_size = batch_size
        self._window = (-1, np.zeros(0, np.int64))
        self.drop_remainder = drop_remainder

    @property
    def num_rows(self) -> int:
        """Rows in one epoch."""
        if self.drop_remainder:
            return len(self) * self.batch_size
        return self._length

    def __len__(self) -> int:
        whole, rest = divmod(self._length, self.batch_size)
        return whole + (rest > 0 and not self.drop_remainder)

    def __iter__(self) -> Iterator[dict[str, Array]]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> dict[str, Array]:
        rows = self.rows(number)
        if isinstance(self._arrays, (ArrayStore, ArrayView)):
            return self._arrays.take(rows)
        return take(self._arrays, rows)

    def rows(self, number: int) -> Array:
        """Positions of the rows in one batch.

        Args:
            number: 0 for the first batch.
        """
        if not 0 <= number < len(self):
            raise IndexError(f"batch {number} of {len(self)}")
        window, place = divmod(number, max(1, WINDOW_ROWS // self.batch_size))
        if self._window[0] != window:
            self._window = (window, self._ordered(window))
        start = place * self.batch_size
        return self._window[1][start : start + self.batch_size]

    def _ordered(self, window: int) -> Array:
        """Rows of many batches: ordering them together is much faster."""
        size = max(1, WINDOW_ROWS // self.batch_size) * self.batch_size
        stop = min((window + 1) * size, self._length)
        positions = np.arange(window * size, stop)
        if self._key is not None:
            positions = permute(positions, self._length, self._key)
        return positions if self._rows is None else self._rows[positions]


def _length(arrays: Mapping[str, Array]) -> int:
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1:
        expected = "needs arrays, all with the same number of rows"
        raise DataError(sentence("batches", expected, lengths))
    return next(iter(lengths.values()))


def _positions(arrays: Mapping[str, Array], rows: Array | None) -> Array | None:
    length = _length(arrays)
    if rows is None:
        return None  # a list of all rows would grow with the table
    positions = np.asarray(rows)
    if positions.ndim != 1 or (positions.size and positions.dtype.kind not in "iu"):
        fix = "For a mask, give `np.flatnonzero(mask)`."
        received = f"{positions.dtype} of shape {positions.shape}"
        raise DataError(sentence("`rows`", "must be positions", received, fix))
    if positions.size and (positions.min() < 0 or positions.max() >= length):
        expected = f"must be from 0 to {length - 1}"
        received = f"{positions.min()} to {positions.max()}"
        raise DataError(sentence("`rows`", expected, received))
    return positions.astype(np.int64)
