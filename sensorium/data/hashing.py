"""Hashes of columns that are equal on every machine and with every library version.

Numbers go through splitmix64 (Steele, Lea, Flood 2014, the finalizer) on whole
columns; texts and bytes through BLAKE2b with a digest of 8 bytes. Polars' own hash
is not used: it may change with its version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from sensorium.errors import DataError, sentence

Array: TypeAlias = np.ndarray[Any, Any]
Hashes: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]

MISSING = np.uint64(0x6D697373696E6721)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_EXACT = 2**53


def mix(values: Hashes) -> Hashes:
    """Splitmix64's finalizer: a bijection of 64 bits in which every bit counts.

    Args:
        values: Any shape; not changed.
    """
    x = values + _GOLDEN
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x


def hash_bytes(value: bytes) -> int:
    """64-bit BLAKE2b of some bytes."""
    return int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "little")


def hash_rows(columns: Mapping[str, pl.Series | Array], seed: int = 0) -> Hashes:
    """One hash a row, from the values in it and the names of their columns.

    The order of rows and of columns does not matter; equal numbers hash alike
    whether stored as integers or floats; -0.0 is 0.0 and every NaN is one NaN. A
    missing value is a value of its own.

    Args:
        columns: The columns; at least one.
        seed: Another seed gives another hash.
    """
    total: Hashes | None = None
    for name, column in columns.items():
        salt = np.uint64(hash_bytes(name.encode()))
        hashed = mix(hash_column(column) ^ salt)
        total = hashed if total is None else total + hashed
    if total is None:
        raise DataError(sentence("hashing rows", "at least one column is needed"))
    return mix(total ^ mix(np.array([seed % 2**64], np.uint64)))


def hash_column(column: pl.Series | Array) -> Hashes:
    """One hash a value; missing values get the hash `MISSING`."""
    if isinstance(column, np.ndarray):
        return _hash_array(column)
    dtype = column.dtype
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return _hash_texts(column.cast(pl.String).cast(pl.Binary))
    if dtype == pl.Binary:
        return _hash_texts(column)
    if dtype == pl.Null:
        return np.full(len(column), MISSING)
    if isinstance(dtype, pl.Array):
        return hash_column(column.arr.to_list())
    if isinstance(dtype, pl.List):
        return _hash_lists(column)
    if isinstance(dtype, pl.Struct):
        fields = {name: column.struct.field(name) for name in dtype.to_schema()}
        return _with_missing(column, hash_rows(fields))
    if dtype == pl.Object:
        fix = "Give numbers, text, dates, bytes, lists or arrays."
        raise DataError(sentence(f"column `{column.name}`", "holds objects", None, fix))
    return _with_missing(column, _hash_numbers(column))


def content_key(columns: Mapping[str, pl.Series | Array]) -> str:
    """SHA-256 over names, types and values, in the order of columns and rows.

    Args:
        columns: The columns; may be empty.
    """
    digest = hashlib.sha256()
    for name, column in columns.items():
        shape = column.shape
        digest.update(repr((name, str(column.dtype), shape)).encode())
        for start in range(0, len(column), 65536):
            digest.update(hash_column(column[start : start + 65536]).tobytes())
    return digest.hexdigest()


def array_digest(array: Array) -> str:
    """SHA-256 over an array's type, shape and bytes.

    Args:
        array: Numbers or booleans of any shape.
    """
    digest = hashlib.sha256(f"{array.dtype}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _with_missing(column: pl.Series, hashes: Hashes) -> Hashes:
    if column.null_count():
        hashes[column.is_null().to_numpy()] = MISSING
    return hashes


def _hash_numbers(column: pl.Series) -> Hashes:
    physical = column.to_physical()
    if physical.dtype.is_decimal() or physical.dtype in (pl.Int128, pl.UInt128):
        return _hash_texts(physical.cast(pl.String).cast(pl.Binary))
    if physical.dtype.is_float():
        return _hash_floats(physical.cast(pl.Float64).fill_null(0.0).to_numpy())
    if physical.dtype == pl.Boolean:
        physical = physical.cast(pl.UInt8)
    return _hash_integers(physical.fill_null(0).to_numpy())


def _hash_floats(values: Array) -> Hashes:
    values = values.astype(np.float64) + 0.0
    values[np.isnan(values)] = np.nan
    return mix(values.view(np.uint64))


def _hash_integers(values: Array) -> Hashes:
    hashes = _hash_floats(values)
    large = (values > _EXACT) | (values < -_EXACT)
    if large.any():
        hashes[large] = mix(values[large].astype(np.uint64, copy=False) ^ _GOLDEN)
    return hashes


def _hash_texts(column: pl.Series) -> Hashes:
    if column.head(1000).n_unique() * 2 > min(len(column), 1000):
        return _hash_each(column)
    unique = column.unique()
    table = pl.Series(_hash_each(unique))
    return column.replace_strict(unique, table, return_dtype=pl.UInt64).to_numpy()


def _hash_each(column: pl.Series) -> Hashes:
    blake = hashlib.blake2b
    missing = MISSING.tobytes()
    digests = [
        missing if value is None else blake(value, digest_size=8).digest()
        for value in column.to_list()
    ]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def _hash_lists(column: pl.Series) -> Hashes:
    lengths = column.list.len().fill_null(0).to_numpy().astype(np.int64)
    hashes = mix(lengths.astype(np.uint64))
    filled = column.filter(column.list.len() > 0)
    if len(filled):
        inner = hash_column(filled.explode())
        full = lengths[lengths > 0]
        starts = np.cumsum(full) - full
        position = np.arange(len(inner)) - np.repeat(starts, full)
        keyed = mix(inner ^ mix(position.astype(np.uint64)))
        hashes[lengths > 0] += np.add.reduceat(keyed, starts)
    return _with_missing(column, hashes)


def _hash_array(column: Array) -> Hashes:
    if column.dtype.kind not in "biufSUmM":
        raise DataError(sentence("an array", "holds objects", str(column.dtype)))
    if column.ndim == 1:
        return hash_column(pl.Series(np.asarray(column)))
    little = np.ascontiguousarray(column, column.dtype.newbyteorder("<"))
    digests = [hash_bytes(row.tobytes()) for row in little]
    return np.array(digests, np.uint64)
