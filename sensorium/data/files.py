"""Opening files: checks that name what is wrong, and hashes of contents."""

from __future__ import annotations

import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import polars as pl

from sensorium.errors import DataError, listing, near, sentence

KEPT_BYTES = 128 * 2**20
"""Files up to this size are read once and kept in memory."""

EXTENSIONS = (
    ".csv",
    ".tsv",
    ".tab",
    ".parquet",
    ".pq",
    ".jsonl",
    ".ndjson",
    ".arrow",
    ".feather",
    ".ipc",
    ".npz",
)

Stamp: TypeAlias = tuple[int, int]

_FOREIGN = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
    OSError,
    ValueError,
    TypeError,
    OverflowError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    SyntaxError,
    RuntimeError,
)


@contextmanager
def refusing(where: str, fix: str = "") -> Iterator[None]:
    """Turns what Polars, NumPy and the system raise into `DataError`.

    Args:
        where: The file.
        fix: What the user can do.
    """
    try:
        yield
    except DataError:
        raise
    except _FOREIGN as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        expected = f"cannot be read ({reason})"
        raise DataError(sentence(where, expected, None, fix)) from error


def existing_file(path: Path) -> Path:
    """Refuses what is not a file with something in it.

    Args:
        path: Where the user says the table is.

    Raises:
        DataError: There is no such file (with near names), it is a folder or no
            regular file, or it is empty.
    """
    where = str(path)
    if "://" in where or where.startswith(("http:/", "https:/", "s3:/", "gs:/")):
        fix = "Fetch the file first and give its path."
        raise DataError(sentence(where, "addresses are not read", None, fix))
    with refusing(where):
        if path.is_dir():
            raise _folder(path)
        if not path.exists():
            raise _missing(path)
        if not path.is_file():
            raise DataError(sentence(where, "must be a regular file"))
        if path.stat().st_size == 0:
            fix = "Give a file with a header and at least one row."
            raise DataError(sentence(where, "the file is empty", None, fix))
        if path.suffix.lower() not in EXTENSIONS:
            raise _unknown(path)
    return path


def _folder(path: Path) -> DataError:
    tables = sorted(p.name for p in path.iterdir() if p.suffix.lower() in EXTENSIONS)
    fix = f"Give one of its files: {listing(tables)}." if tables else ""
    return DataError(sentence(str(path), "is a folder, not a file", None, fix))


def _missing(path: Path) -> DataError:
    if not path.parent.is_dir():
        expected = f"no such file; there is no folder `{path.parent}`"
        return DataError(sentence(str(path), expected))
    fix = near(path.name, sorted(p.name for p in path.parent.iterdir()))
    return DataError(sentence(str(path), "no such file", None, fix))


def _unknown(path: Path) -> DataError:
    suffix = path.suffix.lower()
    known = ", ".join(EXTENSIONS)
    expected = f"the file's extension must be one of {known}"
    fix = "Save it as CSV or Parquet."
    if suffix in (".gz", ".zip", ".bz2", ".xz", ".zst"):
        fix = "Unpack it first."
    return DataError(sentence(str(path), expected, suffix, fix))


def stamp_of(path: Path) -> Stamp:
    """Size and time of change, which tell whether a file is still the same."""
    with refusing(str(path)):
        stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def check_unchanged(path: Path, stamp: Stamp) -> None:
    """Refuses a file that is not the one first read.

    Args:
        path: The file.
        stamp: What `stamp_of` gave when it was read.

    Raises:
        DataError: It has another size or time of change now, or is gone.
    """
    if stamp_of(path) != stamp:
        fix = "Read the table again."
        raise DataError(sentence(str(path), "has changed since it was read", fix=fix))


def file_key(path: Path, stamp: Stamp) -> str:
    """SHA-256 of a file's bytes, computed once.

    Args:
        path: The file.
        stamp: What `stamp_of` gave when it was read.

    Raises:
        DataError: The file has changed or can no longer be read.
    """
    check_unchanged(path, stamp)
    with refusing(str(path)):
        return _file_key(path, stamp)


@lru_cache(maxsize=256)
def _file_key(path: Path, stamp: Stamp) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_all(path: Path) -> bytes:
    """All bytes of a file."""
    with refusing(str(path)):
        return path.read_bytes()


def open_bytes(path: Path) -> io.BufferedReader:
    """Opens a file for reading bytes."""
    with refusing(str(path)):
        return path.open("rb")
