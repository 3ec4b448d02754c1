"""The one way from raw rows to predictions, shared by Python, CLI and server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import keras
import numpy as np
import polars as pl

from sensorium.data import Table
from sensorium.engine import engine
from sensorium.errors import DataError, RecipeError, near
from sensorium.features import Feature, Reading
from sensorium.network import Network
from sensorium.recipe.build import dtype_of
from sensorium.recipe.columns import table_problems
from sensorium.run.encoding import PRESENT, EncodedRows, encode_rows
from sensorium.run.predictions import (
    prediction_columns,
    prediction_table,
    rebuilt_column,
    unanswered,
)

OnError = Literal["keep", "absent", "refuse"]
Decoded = dict[str, dict[str, Any]]
ON_ERROR = ("keep", "absent", "refuse")
ENCODED_ROWS = 4_096
"""Rows encoded at once; twice as many where all of a row are few values."""

FEW_VALUES = 1_024


class Predictor:
    """Predicts from raw rows, the same bits for a row wherever it stands.

    Rows are encoded by the fitted features and go through the network in blocks of one
    fixed size, the last block filled up, so that the arithmetic of a row depends on
    nothing but the row.

    Args:
        features: The fitted feature of every input.
        targets: The fitted feature of every output.
        network: The trained network.
    """

    def __init__(
        self,
        features: Mapping[str, Feature],
        targets: Mapping[str, Feature],
        network: Network,
    ) -> None:
        self.features = features
        self.targets = targets
        self.network = network
        self.block = block_rows(features)
        self._forward = engine().compiled_forward(network)

    def outputs(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The network's raw outputs for encoded rows, block by block."""
        return _joined(self._started(arrays), len(next(iter(arrays.values()))))

    def decoded(self, arrays: Mapping[str, np.ndarray]) -> Decoded:
        """What each head says of encoded rows: probabilities or values."""
        return self._decoded(self.outputs(arrays))

    def predict(self, table: Table, on_error: OnError = "keep") -> pl.DataFrame:
        """Predicts every row of a table; see `prediction_table` for `on_error`."""
        if on_error not in ON_ERROR:
            hint = near(on_error, ON_ERROR) or f"Choose one of {ON_ERROR}."
            raise DataError(f"there is no `on_error={on_error!r}`. {hint}")
        self.check(table)
        return pl.concat(self._frames(table, on_error))

    def check(self, table: Table, *, labels: bool = False) -> None:
        """Names every column that the table lacks.

        Args:
            table: The rows.
            labels: Whether they must have the labels of the outputs too.

        Raises:
            RecipeError: With all of them, and near names.
        """
        parts = [("inputs", self.features), *[("outputs", self.targets)] * labels]
        sources = [
            (f"{part}.{name}", column)
            for part, features in parts
            for name, feature in features.items()
            for column in feature.sources(name)
        ]
        problems = table_problems(sources, table.columns, table.where)
        if problems:
            raise RecipeError(problems)

    def _frames(self, table: Table, on_error: OnError) -> Iterator[pl.DataFrame]:
        # The network works on one chunk while the next one is encoded.
        begun: tuple[EncodedRows, list[Any], Reading] | None = None
        for rows, reading in self._encoded(table):
            blocks = self._started(rows.arrays)
            if begun is not None:
                yield self._frame(*begun, on_error)
            begun = rows, blocks, reading
        if begun is not None:
            yield self._frame(*begun, on_error)

    def _encoded(self, table: Table) -> Iterator[tuple[EncodedRows, Reading]]:
        names = dict.fromkeys(c for n, f in self.features.items() for c in f.sources(n))
        first = 0
        if not table.num_rows:
            yield _nothing(self.features), Reading(table.folder, table.where)
        rows = ENCODED_ROWS * (2 if row_values(self.features) <= FEW_VALUES else 1)
        for columns in table.chunks(list(names), rows=rows):
            reading = Reading(table.folder, table.where, first)
            yield encode_rows(self.features, columns, reading), reading
            first += len(next(iter(columns.values())))

    def _frame(
        self, rows: EncodedRows, blocks: list[Any], reading: Reading, on_error: OnError
    ) -> pl.DataFrame:
        outputs = _joined(blocks, len(next(iter(rows.arrays.values()))))
        decoded = self._decoded(outputs)
        found = [
            column
            for name, target in self.targets.items()
            for column in prediction_columns(name, target, decoded[name])
        ]
        found += self._rebuilt(rows.arrays, outputs)
        unread = rows.messages()
        return prediction_table(found, unread, on_error, reading, unanswered(decoded))

    def _rebuilt(
        self, arrays: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]
    ) -> list[pl.Series]:
        """How far each input that an output makes again is from it, row by row."""
        heads = self.network.heads.items()
        return [
            rebuilt_column(name, head, arrays, outputs[name])
            for name, head in heads
            if head.of is not None
        ]

    def _started(self, arrays: Mapping[str, np.ndarray]) -> list[Any]:
        rows = len(next(iter(arrays.values())))
        return [
            self._forward(_block(arrays, start, self.block))
            for start in range(0, max(rows, 1), self.block)
        ]

    def _decoded(self, outputs: Mapping[str, np.ndarray]) -> Decoded:
        heads = self.network.heads
        return {name: heads[name].decode(outputs[name]) for name in self.targets}


def _nothing(features: Mapping[str, Feature]) -> EncodedRows:
    """No rows; columns without any value often have no type that could be read."""
    rows = EncodedRows({})
    for name, feature in features.items():
        rows.arrays[name] = np.zeros((0, *feature.shape()), dtype_of(feature))
        rows.arrays[name + PRESENT] = np.zeros(0, bool)
    return rows


def block_rows(features: Mapping[str, Feature]) -> int:
    """Rows of a block: a power of two from 16 to 512, about a megabyte of inputs."""
    rows = 262_144 // max(row_values(features), 1)
    return int(min(512, max(16, 1 << max(rows.bit_length() - 1, 0))))


def row_values(features: Mapping[str, Feature]) -> int:
    """How many numbers all inputs of a row have, encoded."""
    return sum(int(np.prod(feature.shape())) for feature in features.values())


def _joined(blocks: list[Any], rows: int) -> dict[str, np.ndarray]:
    numpy = keras.ops.convert_to_numpy
    return {
        name: np.concatenate([numpy(block[name]) for block in blocks])[:rows]
        for name in blocks[0]
    }


def _block(
    arrays: Mapping[str, np.ndarray], start: int, rows: int
) -> dict[str, np.ndarray]:
    return {
        name: _padded(array[start : start + rows], rows)
        for name, array in arrays.items()
    }


def _padded(array: np.ndarray, rows: int) -> np.ndarray:
    if len(array) == rows:
        return array
    padded = np.zeros((rows, *array.shape[1:]), array.dtype)
    padded[: len(array)] = array
    return padded
