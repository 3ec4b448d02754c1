"""Tables: read, join, split, order, cache, batch. Knows no Keras."""

from sensorium.data.batches import Batches
from sensorium.data.document import (
    describe_document,
    document_problems,
    is_document,
    read_document,
)
from sensorium.data.join import JoinedTable, join_tables
from sensorium.data.matching import JoinReport, KeyReport
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
    "JoinReport",
    "JoinedTable",
    "KeyReport",
    "Split",
    "Table",
    "assign",
    "cache_key",
    "describe_document",
    "document_problems",
    "is_document",
    "join_tables",
    "key",
    "permute",
    "read",
    "read_document",
    "require_columns",
    "rows_in",
]
