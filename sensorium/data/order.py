"""Order as a function: a keyed permutation that is computed for any slice of it.

No list of shuffled rows is stored: the row at position 7 of epoch 3 is a function of
the key alone, so a run that resumes there sees the rows that an unbroken one sees.

The permutation is a Feistel network over the bits of a position, with cycle walking
down to the number of rows (Black and Rogaway 2002, "Ciphers with arbitrary finite
domains", methods 2 and 3). Our difference: the rounds are a multiplicative hash, not
a cipher; this shuffles, it hides nothing.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np

from sensorium.data.hashing import Hashes, mix
from sensorium.data.source import Array
from sensorium.errors import DataError, sentence

_ROUNDS = 8
_PIECE = 2**15
_MULTIPLIER = np.uint64(0x9FB21C651E98DF25)


def key(seed: int, *parts: str | int) -> int:
    """A 64-bit key from a seed and what it is for.

    Args:
        seed: Any whole number.
        *parts: Words and numbers, e.g. the stage and the epoch.
    """
    text = json.dumps([int(seed), *parts]).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def permute(positions: Array, num_rows: int, key: int) -> Array:
    """Where a shuffle of `range(num_rows)` puts these positions.

    Over all positions the answers are a permutation. Memory does not depend on
    `num_rows`.

    Args:
        positions: Whole numbers from 0 to `num_rows - 1`, in any shape and order.
        num_rows: How many rows there are.
        key: From `key`; another key gives another permutation.

    Raises:
        DataError: A position is out of range.
    """
    wanted = np.asarray(positions)
    if wanted.size and (wanted.min() < 0 or wanted.max() >= num_rows):
        expected = f"positions must be from 0 to {num_rows - 1}"
        received = f"{wanted.min()} to {wanted.max()}"
        raise DataError(sentence("permute", expected, received))
    flat = wanted.ravel().astype(np.uint64)
    bits = max(1, (num_rows - 1).bit_length())
    keys = mix(np.arange(_ROUNDS, dtype=np.uint64) + np.uint64(key % 2**64))
    for start in range(0, flat.size, _PIECE):
        piece = flat[start : start + _PIECE]
        _walk(piece, num_rows, bits, keys)
    return flat.astype(np.int64).reshape(wanted.shape)


def _walk(values: Hashes, num_rows: int, bits: int, keys: Hashes) -> None:
    """Permutes in place, again and again where the answer is past the last row."""
    limit = np.uint64(num_rows)
    _feistel(values, bits, keys)
    beyond = np.flatnonzero(values >= limit)
    while beyond.size:
        again = values[beyond]
        _feistel(again, bits, keys)
        values[beyond] = again
        beyond = beyond[again >= limit]


def _feistel(values: Hashes, bits: int, keys: Hashes) -> None:
    """One permutation of `range(2 ** bits)`, in place; halves may be unequal."""
    low_bits = np.uint64(bits - bits // 2)
    high_bits = np.uint64(bits // 2)
    low = values & np.uint64((1 << int(low_bits)) - 1)
    high = values >> low_bits
    work = np.empty_like(values)
    for number, round_key in enumerate(keys):
        if number % 2:
            _round(low, work, round_key, high_bits)
            high ^= work
        else:
            _round(high, work, round_key, low_bits)
            low ^= work
    np.left_shift(high, low_bits, out=values)
    values |= low


def _round(source: Hashes, out: Hashes, key: np.uint64, bits: np.uint64) -> None:
    """Writes `bits` bits of a hash of `source` to `out`."""
    if not bits:
        out.fill(0)
        return
    np.add(source, key, out=out)
    out *= _MULTIPLIER
    out ^= out >> np.uint64(32)
    out *= _MULTIPLIER
    out >>= np.uint64(64) - bits
