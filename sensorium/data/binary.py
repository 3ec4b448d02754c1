"""Parquet and Arrow files (IPC, Feather version 2), through Polars.

Small files are read once; large ones are streamed again for each pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from sensorium.data.files import KEPT_BYTES, file_key, open_bytes, refusing
from sensorium.data.source import FrameSource, MemorySource, Source
from sensorium.data.values import from_frame, plain, plain_dtype
from sensorium.errors import DataError, sentence


def read_parquet(path: Path) -> Source:
    """A source from a Parquet file.

    Args:
        path: An existing file.
    """
    if _start(path) != b"PAR1":
        raise DataError(sentence(str(path), "is not a Parquet file", _start(path)))
    fix = "The file may be cut off or damaged; write it again."
    with refusing(str(path), fix):
        return _scanned(
            path, pl.scan_parquet(path, glob=False, hive_partitioning=False)
        )


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
        return _scanned(path, pl.scan_ipc(path, glob=False, hive_partitioning=False))


def _start(path: Path) -> bytes:
    with open_bytes(path) as file:
        return file.read(4)


def _scanned(path: Path, frame: pl.LazyFrame) -> FrameSource | MemorySource:
    schema = frame.collect_schema()
    if path.stat().st_size <= KEPT_BYTES:
        return from_frame(frame.collect())
    num_rows = int(frame.select(pl.len()).collect().item())
    dtypes = {name: plain_dtype(dtype) for name, dtype in schema.items()}
    frames = partial(_stream, path, frame)
    return FrameSource(dtypes, num_rows, frames, partial(file_key, path))


def _stream(
    path: Path, frame: pl.LazyFrame, columns: Sequence[str], rows: int
) -> Iterator[pl.DataFrame]:
    with refusing(str(path)):
        batches = frame.select(columns).collect_batches(
            chunk_size=rows, maintain_order=True, lazy=True, engine="streaming"
        )
        for batch in batches:
            yield plain(batch)
