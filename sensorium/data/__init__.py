"""Tables: read, split, cache, batch. Knows no Keras."""

from sensorium.data.reading import read
from sensorium.data.table import Table, require_columns

__all__ = ["Table", "read", "require_columns"]
