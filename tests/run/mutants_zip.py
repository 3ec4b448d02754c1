"""Damaged archives: every header field, every cut, other zips, files inside files."""

from __future__ import annotations

import random
import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO

from tests.run.mutants import Mutant
from tests.run.samples import archive, contents, forged

# Sizes of the fields of each header, in bytes (APPNOTE 6.3.10, 4.3.7, 4.3.12, 4.3.16).
LOCAL = (4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2)
CENTRAL = (4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4)
END = (4, 2, 2, 2, 2, 4, 4, 2)
HEADERS = {b"PK\3\4": LOCAL, b"PK\1\2": CENTRAL, b"PK\5\6": END}
OUTSIDE = {
    "shell": b"#!/bin/sh\nexit 1\n",
    "pdf": b"%PDF-1.7\n",
    "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "gif": b"GIF89a" + b"\0" * 20,
    "elf": b"\x7fELF" + b"\0" * 60,
    "pickle": b"\x80\x04.",
    "hdf5": b"\x89HDF\r\n\x1a\n" + b"\0" * 504,
    "html": b"<script>1</script>",
    "zero": b"\0",
    "page": b"\0" * 512,
    "line": b"\n",
}


def flips(data: bytes) -> Iterator[Mutant]:
    """Every bit of every byte turned over, one at a time."""
    for place in range(len(data)):
        yield from flip(data, place, range(8))


def flip(data: bytes, place: int, bits: range) -> Iterator[Mutant]:
    """Some bits of one byte turned over, one at a time."""
    for bit in bits:
        changed = bytearray(data)
        changed[place] ^= 1 << bit
        yield f"flip {place}.{bit}", bytes(changed)


def fields(data: bytes) -> Iterator[Mutant]:
    """Every field of every header set to zero, to its ends, and a little aside."""
    for magic, sizes in HEADERS.items():
        start = data.find(magic)
        while start >= 0:
            for place, size in zip(starts_of(start, sizes), sizes, strict=True):
                value = int.from_bytes(data[place : place + size], "little")
                top = 256**size - 1
                for new in {0, 1, 8, value - 1, value + 1, value * 2, top // 2, top}:
                    changed = (new % (top + 1)).to_bytes(size, "little")
                    name = f"field {magic!r} {start}+{place - start}={new}"
                    yield name, data[:place] + changed + data[place + size :]
            start = data.find(magic, start + 1)


def starts_of(start: int, sizes: tuple[int, ...]) -> Iterator[int]:
    """The place of each field of a header."""
    for size in sizes:
        yield start
        start += size


def cuts(data: bytes) -> Iterator[Mutant]:
    """The file cut short at every length, and without some beginnings."""
    for length in range(len(data)):
        yield f"first {length}", data[:length]
    for length in range(1, len(data), 8):
        yield f"without first {length}", data[length:]


def joined(data: bytes) -> Iterator[Mutant]:
    """Other bytes before, after and inside; one artifact inside another."""
    for name, extra in OUTSIDE.items():
        yield f"{name} before", extra + data
        yield f"{name} before, offsets moved", moved(data, extra)
        yield f"{name} after", data + extra
        yield f"{name} in the middle", data[:300] + extra + data[300:]
        comment = struct.pack("<H", len(extra)) + extra
        yield f"{name} as comment", data[:-2] + comment
        end = data.rfind(b"PK\5\6")
        yield f"{name} before the end", data[:end] + extra + data[end:]
    other = forged({"weights.safetensors": contents(data)["weights.safetensors"]})
    yield "twice", data + data
    yield "other before", other + data
    yield "other after", data + other
    yield "other before, offsets moved", moved(data, other)
    yield "two ends", data + data[data.rfind(b"PK\5\6") :]
    yield "two directories", data + data[data.find(b"PK\1\2") :]
    yield "inside a zip", archive([("recipe.json", data)])


def moved(data: bytes, extra: bytes) -> bytes:
    """A prefix with all offsets made right, as self-extracting archives have it."""
    changed = bytearray(extra + data)
    shift = len(extra)
    start = changed.find(b"PK\1\2", shift)
    while start >= 0:
        add(changed, start + 42, shift)
        start = changed.find(b"PK\1\2", start + 1)
    add(changed, changed.rfind(b"PK\5\6") + 16, shift)
    return bytes(changed)


def add(data: bytearray, place: int, amount: int) -> None:
    """Adds to a number of four bytes."""
    value = int.from_bytes(data[place : place + 4], "little") + amount
    data[place : place + 4] = value.to_bytes(4, "little")


def packed(data: bytes) -> Iterator[Mutant]:
    """The same members as the standard library would zip them, in many ways."""
    parts = contents(data)
    kinds = (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
        zipfile.ZIP_BZIP2,
        zipfile.ZIP_LZMA,
    )
    for kind in kinds:
        yield f"packed by {kind}", zipped(parts, dict.fromkeys(parts, kind))
        for name in parts:
            yield f"{name} packed by {kind}", zipped(parts, {name: kind}, by_hand=True)
    for key, value in {
        "comment": b"x",
        "extra": b"\xfe\xca\0\0",
        "external_attr": 0o120777 << 16,
        "date_time": (2026, 1, 1, 0, 0, 0),
        "create_system": 3,
        "internal_attr": 1,
        "extract_version": 45,
    }.items():
        for name in parts:
            changed = zipped(parts, {}, by_hand=True, change={name: (key, value)})
            yield f"{name} {key}", changed


def zipped(
    parts: dict[str, bytes],
    kinds: dict[str, int],
    by_hand: bool = False,
    change: dict | None = None,
) -> bytes:
    """Writes a zip; `by_hand` with our own dates and attributes, else with theirs."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name)
            if by_hand:
                info.create_system = info.external_attr = 0
            info.compress_type = kinds.get(name, zipfile.ZIP_STORED)
            for key, value in [change[name]] if change and name in change else []:
                setattr(info, key, value)
            file.writestr(info, content)
    return buffer.getvalue()


def noise(data: bytes, count: int = 1000) -> Iterator[Mutant]:
    """Bytes changed, taken out, put in, copied and exchanged at random."""
    source = random.Random(7)
    for number in range(count):
        changed = bytearray(data)
        for _ in range(source.choice([1, 1, 2, 4, 16])):
            a, b = sorted(source.randrange(len(changed)) for _ in range(2))
            b = min(b, a + 40)
            kind = source.randrange(5)
            if kind == 0:
                changed[a] = source.randrange(256)
            elif kind == 1:
                del changed[a:b]
            elif kind == 2:
                changed[a:a] = source.randbytes(b - a)
            elif kind == 3:
                changed[a:b] = source.randbytes(b - a)
            else:
                changed[a:a] = changed[b : b + 30]
        yield f"noise {number}", bytes(changed)
