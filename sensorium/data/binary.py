"""Parquet and Arrow files (IPC, Feather version 2), through Polars.

Small files are read once; large ones are streamed again for each pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from sensorium.data.files import (
    KEPT_BYTES,
    Stamp,
    check_unchanged,
    file_key,
    open_bytes,
    refusing,
    stamp_of,
)
from sensorium.data.source import FrameSource, MemorySource, Source
from sensorium.data.values import from_frame, plain, plain_dtype
from sensorium.errors import DataError, sentence

Streamed = Callable[[pl.LazyFrame, int, int], Iterator[pl.DataFrame]]

SLICE_ROWS = 2**18


def read_parquet(path: Path) -> Source:
    """A source from a Parquet file.

    Args:
        path: An existing file.
    """
    if _start(path) != b"PAR1":
        raise DataError(sentence(str(path), "is not a Parquet file", _start(path)))
    fix = "The file may be cut off or damaged; write it again."
    with refusing(str(path), fix):
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        return _scanned(path, frame, _batches)


def read_arrow(path: Path) -> Source:
    """A source from an Arrow file; the stream format is read into memory.

    Args:
        path: An existing file.
    """
    where = str(path)
    start = _start(path)
    if start == b"FEA1":
        fix = "Write it again by pandas `to_feather` or as Parquet."
        raise DataError(sentence(where, "is Feather version 1", None, fix))
    with refusing(where, "The file may be cut off or damaged; write it again."):
        if start != b"ARRO":
            return from_frame(pl.read_ipc_stream(path))
        frame = pl.scan_ipc(path, glob=False, hive_partitioning=False)
        return _scanned(path, frame, _slices)


def _start(path: Path) -> bytes:
    with open_bytes(path) as file:
        return file.read(4)


def _scanned(
    path: Path, frame: pl.LazyFrame, streamed: Streamed
) -> FrameSource | MemorySource:
    stamp = stamp_of(path)
    key = partial(file_key, path, stamp)
    schema = frame.collect_schema()
    if stamp[0] <= KEPT_BYTES:
        return from_frame(frame.collect(), key)
    num_rows = int(frame.select(pl.len()).collect().item())
    dtypes = {name: plain_dtype(dtype) for name, dtype in schema.items()}
    frames = partial(_stream, path, stamp, frame, num_rows, streamed)
    return FrameSource(dtypes, num_rows, frames, key)


def _stream(
    path: Path,
    stamp: Stamp,
    frame: pl.LazyFrame,
    num_rows: int,
    streamed: Streamed,
    columns: Sequence[str],
    rows: int,
) -> Iterator[pl.DataFrame]:
    check_unchanged(path, stamp)
    with refusing(str(path), "Was the file changed while it was read?"):
        for batch in streamed(frame.select(columns), num_rows, rows):
            yield plain(batch)


def _batches(frame: pl.LazyFrame, num_rows: int, rows: int) -> Iterator[pl.DataFrame]:
    return iter(
        frame.collect_batches(
            chunk_size=rows, maintain_order=True, lazy=True, engine="streaming"
        )
    )


def _slices(frame: pl.LazyFrame, num_rows: int, rows: int) -> Iterator[pl.DataFrame]:
    """Slice by slice: Polars maps Arrow files, and one scan would keep every page."""
    step = max(rows, SLICE_ROWS)
    for start in range(0, num_rows, step):
        yield frame.slice(start, step).collect()
