"""Batches of several tables in one stage, each batch from one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from sensorium.data.order import key, permute
from sensorium.data.view import ArrayView
from sensorium.training.dataset import LABEL, Batch, EncodedBatches, is_input

Arrays = Mapping[str, np.ndarray]


class MixedBatches(keras.utils.PyDataset):
    """Batches of several tables; which one comes when is a function of the epoch.

    All tables must have the same arrays (see `completed`) and batch size.

    Args:
        tables: Batches of each table.
        mixing: `proportional`: every batch of each table once an epoch, in a random
            order; `equal`: as many batches of each as the largest has, in a random
            order; `round_robin`: the same, one after the other in turn. A smaller table
            begins anew within the epoch, each time in another order.
        seed: The run's seed.
        stage: Name of the stage.
        shuffle: `False` keeps the tables' order, one after the other.
    """

    def __init__(
        self,
        tables: Sequence[EncodedBatches],
        mixing: str = "proportional",
        *,
        seed: int = 0,
        stage: str = "",
        shuffle: bool = True,
    ) -> None:
        super().__init__()
        self.tables = list(tables)
        # All batches must have the same arrays: presence that one table needs, too.
        needless = frozenset.intersection(*(table.needless for table in tables))
        for table in tables:
            table.needless = needless
        self.mixing = mixing
        self.seed = seed
        self.stage = stage
        self.shuffle = shuffle
        self.begin(0)

    def __len__(self) -> int:
        return len(self._turns)

    def __getitem__(self, index: int) -> Batch:
        table, number = self._turns[index]
        return self.tables[table].turn(number)

    def rows(self, index: int) -> np.ndarray:
        """Positions of the rows in batch `index`, in their own table."""
        table, number = self._turns[index]
        return self.tables[table].rows(number)

    def begin(self, epoch: int) -> None:
        """Takes the order of an epoch, counted from 0."""
        self.epoch = epoch
        for table in self.tables:
            table.begin(epoch)
        self._turns = self._of_epoch()

    def on_epoch_end(self) -> None:
        """Goes on to the next epoch's order."""
        self.begin(self.epoch + 1)

    def _of_epoch(self) -> list[tuple[int, int]]:
        longest = max(len(table) for table in self.tables)
        all_once = self.mixing == "proportional"
        counts = [len(table) if all_once else longest for table in self.tables]
        tables = np.repeat(np.arange(len(counts)), counts)
        if self.shuffle and self.mixing == "round_robin":
            tables = np.tile(np.arange(len(counts)), longest)
        elif self.shuffle:
            order = key(self.seed, f"{self.stage}/mixing", self.epoch)
            tables = tables[permute(np.arange(len(tables)), len(tables), order)]
        return list(zip(tables.tolist(), _numbered(tables).tolist(), strict=True))


def _numbered(tables: np.ndarray) -> np.ndarray:
    """For each batch, how many of its table came before: a pass ends first."""
    found = np.zeros(len(tables), np.int64)
    for table in np.unique(tables):
        here = tables == table
        found[here] = np.arange(here.sum())
    return found


def completed(
    arrays: Arrays,
    wanted: Mapping[str, tuple[Any, Any]],
    renamed: Mapping[str, str] = MappingProxyType({}),
    extra: Arrays = MappingProxyType({}),
) -> Arrays:
    """The arrays a network takes, with absent ones for what a table lacks.

    Absent arrays take no memory.

    Args:
        arrays: Inputs, presence and labels of one table; more than is wanted, too.
        wanted: Name -> shape of a row's value and dtype, for all that a network takes:
            inputs, labels under `label//<output>`, weights under `weight//<output>`.
        renamed: Wanted name -> its name in `arrays`, where they differ.
        extra: Further arrays, in place of those of the same name.
    """
    rows = len(next(iter(arrays.values())))
    places = {name: renamed.get(name, name) for name in wanted if name not in extra}
    there = {name: place for name, place in places.items() if place in arrays}
    beside: dict[str, np.ndarray] = dict(extra)
    for name, (shape, dtype) in wanted.items():
        if name not in there and name not in extra:
            beside[name] = _absent(name, rows, shape, dtype)
        if is_input(name):
            here = f"{name}/present"
            known = name in there or name in extra
            if here in arrays and known:
                there[here] = here
            else:
                beside[here] = np.broadcast_to(np.bool_(known), (rows,))
    return ArrayView(arrays, there, beside)


def _absent(name: str, rows: int, shape: Any, dtype: Any) -> np.ndarray:
    kind = np.dtype(dtype).kind
    missing = 0 if not name.startswith(LABEL) else (-1 if kind in "iu" else np.nan)
    return np.broadcast_to(np.array(missing, dtype), (rows, *shape))
