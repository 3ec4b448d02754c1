"""NumPy archives (`.npz`): every array is a column, its first axis is rows.

Pickles are never read. Members that are stored, not compressed, are mapped from the
file where it is large, so that they need no memory.
"""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import polars as pl

from sensorium.data.files import KEPT_BYTES, file_key, refusing, stamp_of
from sensorium.data.source import Array, MemorySource
from sensorium.data.values import array_column
from sensorium.errors import DataError, listing, sentence

_LOCAL_HEADER = 30
_NO_PICKLE = "Arrays of objects are pickles and are not read: save numbers or text."


def read_archive(path: Path) -> MemorySource:
    """A source from an `.npz` file.

    Args:
        path: An existing file.

    Raises:
        DataError: It is no archive of arrays of equal length, or holds objects.
    """
    fix = "The file may be cut off or damaged; write it again."
    columns: dict[str, pl.Series | Array] = {}
    stamp = stamp_of(path)
    with refusing(str(path), fix), zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            where = f"{path}, array `{name}`"
            if name in columns or not info.filename.endswith(".npy"):
                raise DataError(sentence(where, "is not one array of its own name"))
            columns[name] = _member(archive, info, path, where)
    _check_lengths(path, columns)
    return MemorySource(columns, None, partial(file_key, path, stamp))


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, where: str
) -> pl.Series | Array:
    with archive.open(info) as file:
        shape, fortran, dtype = _header(file, where)
        wanted = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if dtype.hasobject:
            raise DataError(sentence(where, "holds objects", None, _NO_PICKLE))
        if not shape:
            raise DataError(sentence(where, "must have one value a row", "a scalar"))
        start = file.tell()
        if wanted != info.file_size - start:
            received = f"{info.file_size - start} bytes for shape {shape}"
            raise DataError(sentence(where, "has the wrong size", received))
        stored = info.compress_type == zipfile.ZIP_STORED
        if stored and wanted > KEPT_BYTES:
            offset = _data_offset(path, info) + start
            order: Literal["F", "C"] = "F" if fortran else "C"
            return np.memmap(path, dtype, "r", offset, shape, order)
        flat = np.frombuffer(file.read(), dtype)
    array = flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)
    try:
        return array_column(info.filename.removesuffix(".npy"), array)
    except DataError as error:
        raise DataError(f"{path}, {error}") from None


def _header(file: IO[bytes], where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file)
    raise DataError(sentence(where, "has an unknown format", version))


def _data_offset(path: Path, info: zipfile.ZipInfo) -> int:
    """Where a stored member's bytes begin: after its local header."""
    with path.open("rb") as file:
        file.seek(info.header_offset)
        header = file.read(_LOCAL_HEADER)
    name = int.from_bytes(header[26:28], "little")
    extra = int.from_bytes(header[28:30], "little")
    return info.header_offset + _LOCAL_HEADER + name + extra


def _check_lengths(path: Path, columns: dict[str, pl.Series | Array]) -> None:
    lengths = {name: len(array) for name, array in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = listing([f"`{name}` {count}" for name, count in lengths.items()])
        expected = "all arrays must have the same number of rows (their first axis)"
        raise DataError(sentence(str(path), expected, shown))
