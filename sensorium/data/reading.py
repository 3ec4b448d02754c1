"""`read`: a table from a file or from what Python holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from sensorium.data import archive, binary, records, values
from sensorium.data.delimited import read_delimited
from sensorium.data.files import existing_file, refusing
from sensorium.data.source import Source
from sensorium.data.table import Table
from sensorium.errors import DataError, sentence

Reader = Callable[[Path], tuple[Source, list[str]]]


def read(
    source: Any, folder: str | Path | None = None, *, empty: bool = False
) -> Table:
    """Reads a table.

    Files are CSV (`.csv`), TSV (`.tsv`, `.tab`), Parquet (`.parquet`, `.pq`), JSON
    lines (`.jsonl`, `.ndjson`), Arrow (`.arrow`, `.feather`, `.ipc`) and NumPy
    (`.npz`, its arrays' first axis is rows; never pickles). From Python: a `Table`,
    a Polars frame or lazy frame, a pandas frame, a dict of lists or arrays, a list
    of dicts.

    Nothing is changed silently. In CSV the type of a column is decided over the
    whole file; see `sensorium.data.delimited` for the rules. `Table.notes` says
    what was decided where a user may wonder.

    Args:
        source: A path, or one of the Python values above.
        folder: Folder that relative paths inside columns start from; default the
            folder of the file, and none for Python values.
        empty: Whether a table without rows will do.

    Raises:
        DataError: The source cannot be read as it is, or has no rows.
    """
    base = None if folder is None else Path(folder)
    if isinstance(source, Table):
        return source if base is None else source.at(base)
    if isinstance(source, (str, Path)):
        path = existing_file(Path(source))
        found, notes = _READERS[path.suffix.lower()](path)
        table = Table(found, base or path.parent, path.name, notes)
    else:
        with refusing("table"):
            table = Table(_from_python(source), base, "table")
    if not (table.columns and (table.num_rows or empty)):
        fix = "Give at least one row."
        received = f"{table.num_rows} rows, {len(table.columns)} columns"
        lacking = "columns" if table.num_rows else "rows"
        raise DataError(sentence(table.where, f"has no {lacking}", received, fix))
    return table


def _from_python(source: Any) -> Source:
    if isinstance(source, pl.LazyFrame):
        source = source.collect()
    if isinstance(source, pl.DataFrame):
        return values.from_frame(source)
    if type(source).__module__.split(".")[0] == "pandas" and source.ndim == 2:
        return values.from_pandas(source)
    if isinstance(source, Mapping):
        return values.from_mapping(source)
    if isinstance(source, (list, tuple)):
        return values.from_rows(source)
    if hasattr(source, "__arrow_c_stream__"):
        return values.from_frame(pl.DataFrame(source))
    expected = "must be a path, a data frame, a dict of columns or a list of dicts"
    raise DataError(sentence("table", expected, source))


def _silent(reader: Callable[[Path], Source]) -> Reader:
    return lambda path: (reader(path), [])


_READERS: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".tab": read_delimited,
    ".jsonl": _silent(records.read_records),
    ".ndjson": _silent(records.read_records),
    ".npz": _silent(archive.read_archive),
    ".parquet": _silent(binary.read_parquet),
    ".pq": _silent(binary.read_parquet),
    ".arrow": _silent(binary.read_arrow),
    ".feather": _silent(binary.read_arrow),
    ".ipc": _silent(binary.read_arrow),
}
