"""Encoded rows as Keras batches of one shape."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from sensorium.data.batches import Batches
from sensorium.nn.joining import PRESENT
from sensorium.training.augmentation import Augmentation

LABEL = "label//"
"""What the names of label arrays begin with, beside the inputs of the same rows."""

WEIGHT = "weight//"
"""What the names of arrays begin with that say how much each label counts."""

Arrays = Mapping[str, np.ndarray]
Batch = tuple[dict[str, Any], ...]
"""Inputs, labels and, where there are some, sample weights, as Keras takes them."""
Made = Callable[[Arrays, Arrays], np.ndarray]


class EncodedBatches(keras.utils.PyDataset):
    """Batches of encoded rows, in an order that is a function and not a state.

    Which rows a batch holds depends on (seed, stage, epoch) and its number only, so a
    resumed run goes on with the very batches of an unbroken one. Every batch has
    `batch_size` rows, because a shape that changes is compiled anew: the last one is
    filled up with rows that have no labels, and labels that are absent weigh nothing.
    Presence that is true in every row is left out: the network takes it as true.

    Args:
        arrays: Inputs, keyed as the network takes them, labels under `label//<output>`
            (absent ones are -1 or NaN), and for some outputs sample weights from 0
            under `weight//<output>`; in memory or a store.
        batch_size: Rows a batch.
        seed: The run's seed.
        stage: Name of the stage.
        shuffle: Whether the order changes with the epoch; `False` keeps the table's.
        augmented: Input -> how its rows are changed; also labels that follow one.
        made: Label -> a function that makes it from a batch's arrays, as they are
            changed and as they were.
        labelling: Inputs that heads make their labels of: the rows that fill up the
            last batch must be known to lack them.
    """

    def __init__(
        self,
        arrays: Arrays,
        *,
        batch_size: int,
        seed: int = 0,
        stage: str = "",
        shuffle: bool = True,
        augmented: Mapping[str, Augmentation] = MappingProxyType({}),
        made: Mapping[str, Made] = MappingProxyType({}),
        labelling: Collection[str] = (),
    ) -> None:
        super().__init__()
        self.arrays = arrays
        self.batch_size = batch_size
        self.seed = seed
        self.stage = stage
        self.shuffle = shuffle
        self.augmented = augmented
        self.made = made
        self.chosen: np.ndarray | None = None
        self.epoch = 0
        self._pass = 0
        self._batches = self._of_pass()
        self.needless = _always_true(arrays)
        if self._batches.num_rows % batch_size:
            self.needless -= {name + PRESENT for name in labelling}

    def only(self, rows: np.ndarray | None) -> EncodedBatches:
        """The same batches of some rows.

        Args:
            rows: Positions of the rows to use; `None` for all.
        """
        self.chosen = rows
        self._begin_pass(0)
        return self

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Batch:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        return self.turn(index)

    def turn(self, number: int) -> Batch:
        """A batch of the current epoch, in which rows may come more than once.

        Every pass over them has an order and changes of its own.

        Args:
            number: From 0; after the last batch the rows begin anew.
        """
        positions, index = self.rows(number), number % len(self)
        taken = self._changed(self._batches[index], positions)
        rows = {name: taken[name] for name in taken if name not in self.needless}
        missing = self.batch_size - len(next(iter(rows.values())))
        if missing:
            rows = {name: _filled(name, rows[name], missing) for name in rows}
        weights = sample_weights(rows)
        return (*split_labels(rows), weights) if weights else split_labels(rows)

    def _changed(self, taken: Arrays, positions: np.ndarray) -> Arrays:
        """A batch with its inputs augmented, and with what is made from them."""
        if not self.augmented:
            return taken
        changed = dict(taken)
        place = (self.seed, self._word(), self.epoch)
        for name, augmentation in self.augmented.items():
            present = taken.get(augmentation.name + PRESENT)
            changed[name] = augmentation(taken[name], present, positions, place)
        for label, function in self.made.items():
            changed[label] = function(changed, taken)
        return changed

    def rows(self, number: int) -> np.ndarray:
        """Positions of the rows in batch `number` of the current epoch."""
        again, index = divmod(number, len(self))
        if again != self._pass:
            self._begin_pass(again)
        return self._batches.rows(index)

    def begin(self, epoch: int) -> None:
        """Takes the order of an epoch, counted from 0."""
        if (epoch, 0) != (self.epoch, self._pass):  # else what was worked out is kept
            self.epoch = epoch
            self._begin_pass(0)

    def on_epoch_end(self) -> None:
        """Goes on to the next epoch's order."""
        self.begin(self.epoch + 1)

    def _word(self) -> str:
        return f"{self.stage}/pass {self._pass}" if self._pass else self.stage

    def _begin_pass(self, number: int) -> None:
        self._pass = number
        self._batches = self._of_pass()

    def _of_pass(self) -> Batches:
        return Batches(
            self.arrays,
            self.chosen,
            batch_size=self.batch_size,
            seed=self.seed,
            stage=self._word(),
            epoch=self.epoch,
            shuffle=self.shuffle,
        )


def split_labels(arrays: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parts arrays into inputs and labels; labels lose the beginning of their name.

    Sample weights are left out.
    """
    inputs = {name: array for name, array in arrays.items() if is_input(name)}
    return inputs, _named(LABEL, arrays)


def sample_weights(arrays: Arrays) -> dict[str, Any]:
    """The sample weights among arrays, by output."""
    return _named(WEIGHT, arrays)


def is_input(name: str) -> bool:
    """Whether an array of this name is an input, or its presence."""
    return not name.startswith((LABEL, WEIGHT))


def _named(start: str, arrays: Arrays) -> dict[str, Any]:
    return {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}


def _always_true(arrays: Arrays) -> frozenset[str]:
    # Each array of a batch costs time in every step; an output may be named `present`.
    return frozenset(
        name
        for name, array in arrays.items()
        if name.endswith(PRESENT) and is_input(name) and array.all()
    )


def _filled(name: str, array: np.ndarray, missing: int) -> np.ndarray:
    if name.endswith(PRESENT) and is_input(name):
        return np.concatenate([array, np.zeros(missing, bool)])
    if not name.startswith(LABEL):  # what the weights are: these rows have no labels
        return np.concatenate([array, np.repeat(array[:1], missing, axis=0)])
    absent = -1 if array.dtype.kind in "iu" else np.nan
    filler = np.full((missing, *array.shape[1:]), absent, array.dtype)
    return np.concatenate([array, filler])
