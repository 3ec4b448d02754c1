"""Tables: read, split, order, cache, batch. Knows no Keras."""

from sensorium.data.batches import Batches
from sensorium.data.order import key, permute
from sensorium.data.reading import read
from sensorium.data.split import TEST, TRAIN, UNUSED, VALID, Split, assign, rows_in
from sensorium.data.store import ArrayStore, ArrayWriter, cache_key
from sensorium.data.table import Table, require_columns

__all__ = [
    "TEST",
    "TRAIN",
    "UNUSED",
    "VALID",
    "ArrayStore",
    "ArrayWriter",
    "Batches",
    "Split",
    "Table",
    "assign",
    "cache_key",
    "key",
    "permute",
    "read",
    "require_columns",
    "rows_in",
]
