"""A zip archive with one spelling, so that nothing can hide in it.

`pieces` writes members stored (never compressed) with fixed dates and flags.
`open_archive` reads only what `pieces` would have written: from the directory it
takes names, sizes and checksums, builds every header again from these alone, and
compares them with the file byte by byte. A file that passes is, header for
header, the only archive with these members: there is no place for a prefix, a
gap, a comment, an extra field, a second name or a second view of the content.

Source: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5. Our difference: a small part
of it (stored, ASCII names, one disk, no dates), ZIP64 only where a number needs
more than 32 bits.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensorium.errors import ArtifactError
from sensorium.run.files import Piece
from sensorium.run.refusal import refused
from sensorium.run.source import Source

MAX_MEMBERS = 64
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\.(json|safetensors)", re.ASCII)

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_DATE = 0x0021  # 1 January 1980, the first day a zip archive knows
_PLAIN, _LARGE = 20, 45  # the version of the format that a reader must know
_LIMIT = 0xFFFFFFFF  # says that the number stands in a ZIP64 field
_TOO_LARGE = _LIMIT  # a number from here on goes there


class Entry(NamedTuple):
    """What the directory says of one member.

    Args:
        name: File name, of the closed pattern.
        crc: CRC-32 of the content.
        size: Bytes of the content.
    """

    name: str
    crc: int
    size: int


class Member(NamedTuple):
    """One file to put into an archive.

    Args:
        name: File name, of the closed pattern.
        pieces: Its content, in order.
    """

    name: str
    pieces: Sequence[Piece]

    def size(self) -> int:
        """Counts the bytes of the content."""
        return sum(len(piece) for piece in self.pieces)


@dataclass(frozen=True)
class Frame:
    """All bytes of an archive that are not content, fixed by its entries.

    Args:
        headers: The header that stands before each member.
        starts: Where the content of each member begins, in bytes from the start.
        tail: Everything after the last member.
        size: Bytes of the whole archive.
    """

    headers: tuple[bytes, ...]
    starts: tuple[int, ...]
    tail: bytes
    size: int


def frame(entries: Sequence[Entry]) -> Frame:
    """Builds every header from the entries alone.

    Args:
        entries: The members in file order.
    """
    headers: list[bytes] = []
    starts: list[int] = []
    directory = b""
    position = 0
    for entry in entries:
        headers.append(_local(entry))
        directory += _central(entry, position)
        starts.append(position + len(headers[-1]))
        position = starts[-1] + entry.size
    tail = directory + _ends(len(entries), len(directory), position)
    return Frame(tuple(headers), tuple(starts), tail, position + len(tail))


def pieces(members: Sequence[Member]) -> Iterator[Piece]:
    """Gives the bytes of an archive in order, without joining them.

    Args:
        members: The files, in the order in which they shall stand.
    """
    layout = frame([_entry(member) for member in members])
    for header, member in zip(layout.headers, members, strict=True):
        yield header
        yield from member.pieces
    yield layout.tail


def check_name(name: str, where: str) -> None:
    """Refuses a member name outside the closed pattern.

    Args:
        name: The name to look at.
        where: File, for messages.

    Raises:
        ArtifactError: `member`, for a name with a folder, a drive, an upper-case
            or non-ASCII letter, or an unknown ending.
    """
    if not _NAME.fullmatch(name):
        expected = "expected names of at most 64 letters a-z, digits, `_` and `-`"
        raise refused("member", where, expected, name)


class Archive:
    """An archive whose frame has been proved; its members can be read.

    Args:
        source: The open file.

    Raises:
        ArtifactError: `zip`, if any byte outside the members' content differs from
            what `pieces` writes; `member`, for a forbidden or repeated name.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.entries = _directory(source)
        self._frame = frame(self.entries)
        self._digest = hashlib.sha256()
        self._next = 0
        end = source.size - len(self._frame.tail)
        tail = source.read(end, len(self._frame.tail)) if end >= 0 else b""
        if self._frame.size != source.size or tail != self._frame.tail:
            raise _damaged(source, "expected a plain archive without other bytes")

    def read_next(self) -> NDArray[np.uint8]:
        """Reads the content of the next member, in file order, into memory.

        Raises:
            ArtifactError: `zip`, if the header is not the one that belongs here;
                `checksum`, if the content does not fit its CRC-32.
        """
        index, self._next = self._next, self._next + 1
        entry, header = self.entries[index], self._frame.headers[index]
        start = self._frame.starts[index]
        if self._source.read(start - len(header), len(header)) != header:
            raise _damaged(self._source, f"the header of `{entry.name}` is damaged")
        self._digest.update(header)
        content = self._source.read_array(start, entry.size)
        if zlib.crc32(content.data) != entry.crc:
            damage = f"`{entry.name}` is damaged"
            raise refused("checksum", self._source.where, damage)
        self._digest.update(content.data)
        return content

    def sha256(self) -> str:
        """The sha256 of the whole file; call it after the last member was read."""
        digest = self._digest.copy()
        digest.update(self._frame.tail)
        return digest.hexdigest()


def _entry(member: Member) -> Entry:
    """Sums up a member that is to be written."""
    crc = 0
    for piece in member.pieces:
        crc = zlib.crc32(piece, crc)
    return Entry(member.name, crc, member.size())


def _local(entry: Entry) -> bytes:
    """Builds the header before a member."""
    large = entry.size >= _TOO_LARGE
    size = _LIMIT if large else entry.size
    extra = struct.pack("<2H2Q", 1, 16, entry.size, entry.size) if large else b""
    name = entry.name.encode("ascii")
    fields = (_LARGE if large else _PLAIN, 0, 0, 0, _DATE, entry.crc, size, size)
    return _LOCAL.pack(b"PK\3\4", *fields, len(name), len(extra)) + name + extra


def _central(entry: Entry, position: int) -> bytes:
    """Builds the line of the directory about a member."""
    large, far = entry.size >= _TOO_LARGE, position >= _TOO_LARGE
    numbers = ([entry.size] * 2 if large else []) + ([position] if far else [])
    extra = b""
    if numbers:
        extra = struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)
    version = _LARGE if numbers else _PLAIN
    size = _LIMIT if large else entry.size
    name = entry.name.encode("ascii")
    fields = (version, version, 0, 0, 0, _DATE, entry.crc, size, size, len(name))
    place = _LIMIT if far else position
    rest = (len(extra), 0, 0, 0, 0, place)
    return _CENTRAL.pack(b"PK\1\2", *fields, *rest) + name + extra


def _ends(count: int, length: int, position: int) -> bytes:
    """Builds what stands after the directory."""
    if position < _TOO_LARGE:
        return _END.pack(b"PK\5\6", 0, 0, count, count, length, position, 0)
    numbers = (44, _LARGE, _LARGE, 0, 0, count, count, length, position)
    large = _END64.pack(b"PK\6\6", *numbers)
    locator = _LOCATOR.pack(b"PK\6\7", 0, position + length, 1)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, length, _LIMIT, 0)
    return large + locator + end


def _directory(source: Source) -> tuple[Entry, ...]:
    """Reads the entries, trusting nothing but what the frame will prove."""
    end = source.read(max(0, source.size - _END.size), min(source.size, _END.size))
    if len(end) != _END.size or not end.startswith(b"PK\5\6"):
        raise _damaged(source, "this is not a Sensorium artifact, or it is cut off")
    _, _, _, _, count, length, position, _ = _END.unpack(end)
    tail = _END.size
    if position == _LIMIT:
        tail += _END64.size + _LOCATOR.size
        position = source.size - tail - length
    most = MAX_MEMBERS * (_CENTRAL.size + 80 + 28)
    if not 0 < count <= MAX_MEMBERS or length > most:
        raise _damaged(source, f"expected 1 to {MAX_MEMBERS} members", count)
    if position < 0 or position + length + tail != source.size:
        raise _damaged(source, "expected the directory at the end of the archive")
    return _entries(source, source.read(position, length), count)


def _entries(source: Source, directory: bytes, count: int) -> tuple[Entry, ...]:
    """Takes the directory apart into entries with different, allowed names."""
    found: dict[str, Entry] = {}
    place = 0
    for _ in range(count):
        if place + _CENTRAL.size > len(directory):
            raise _damaged(source, "the directory is damaged")
        entry, place = _next_entry(source, directory, place)
        if entry.name in found:
            twice = f"the member `{entry.name}` stands twice"
            raise refused("member", source.where, twice)
        found[entry.name] = entry
    return tuple(found.values())


def _next_entry(source: Source, directory: bytes, place: int) -> tuple[Entry, int]:
    """Reads one line of the directory."""
    fields = _CENTRAL.unpack_from(directory, place)
    signature, flags, method = fields[0], fields[3], fields[4]
    crc, size, name_length, extra_length = fields[7], fields[9], fields[10], fields[11]
    if signature != b"PK\1\2" or flags or method:
        raise _damaged(source, "expected members that are stored as they are")
    start = place + _CENTRAL.size
    name = directory[start : start + name_length].decode("latin-1")
    check_name(name, source.where)
    extra = directory[start + name_length : start + name_length + extra_length]
    if size == _LIMIT and len(extra) >= 12:
        size = int.from_bytes(extra[4:12], "little")
    if size > source.size:
        raise _damaged(source, f"`{name}` is larger than the file", size)
    return Entry(name, crc, size), start + name_length + extra_length


def _damaged(source: Source, expected: str, received: object = None) -> ArtifactError:
    """The error for an archive that is not ours, or no longer."""
    return refused("zip", source.where, expected, received, "Get the file again.")
