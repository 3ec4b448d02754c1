"""One piece of a CSV file, cut after whole records: checked, then parsed by Polars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sensorium.data.files import Stamp, open_bytes, refusing
from sensorium.errors import DataError, sentence

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Positions = np.ndarray[Any, np.dtype[np.int64]]

_PIECE = 2**20
_QUOTE, _LINE = ord('"'), ord("\n")


@dataclass(frozen=True)
class Layout:
    """How a CSV file is written.

    Args:
        path: The file.
        names: Names of the columns.
        separator: Character between fields.
        quoted: Whether quotes have a meaning; `None` looks at the file when asked.
        carriage: Whether lines end in CR alone.
        start: Where the first record after the header begins, in bytes.
        stamp: Size and time of change when the file was first read.
        notes: What the user may want to know.
    """

    path: Path
    names: tuple[str, ...]
    separator: str
    quoted: bool | None
    carriage: bool
    start: int
    stamp: Stamp
    notes: list[str] = field(default_factory=list)

    @cached_property
    def has_quotes(self) -> bool:
        """Whether quotes have a meaning: whether any field starts with one."""
        return _starts_with_quotes(self) if self.quoted is None else self.quoted

    def with_lines(self, data: bytes) -> bytes:
        """The bytes with LF for the file's line ends."""
        return data.replace(b"\r", b"\n") if self.carriage else data


class Block:
    """Bytes that begin with a record.

    Args:
        layout: How the file is written.
        data: The bytes.
        offset: Where they begin in the file.
    """

    def __init__(self, layout: Layout, data: bytes, offset: int) -> None:
        self.layout = layout
        self.data = data
        self.offset = offset

    @cached_property
    def letters(self) -> Bytes:
        """The bytes as an array."""
        return np.frombuffer(self.data, np.uint8)

    @cached_property
    def quotes(self) -> Positions:
        """Where quotes stand that have a meaning."""
        if b'"' not in self.data or not self.layout.has_quotes:
            return np.zeros(0, np.int64)
        return _places(self.letters, _QUOTE)

    def outside(self, letter: int) -> Positions:
        """Where a letter stands outside quotes."""
        found = _places(self.letters, letter)
        if not len(self.quotes):
            return found
        even: Positions = found[np.searchsorted(self.quotes, found) % 2 == 0]
        return even

    @cached_property
    def ends(self) -> Positions:
        """Where lines end outside quotes."""
        return self.outside(_LINE)

    def last_end(self) -> int:
        """Where the last whole record ends; 0 if none does."""
        last = self.data.rfind(b"\n")
        if last >= 0 and np.searchsorted(self.quotes, last) % 2:
            last = int(self.ends[-1]) if len(self.ends) else -1
        return last + 1

    def line_of(self, position: int) -> int:
        """Number of the file's line that a position stands in, from 1."""
        end = self.offset + position
        count = 1
        with open_bytes(self.layout.path) as file, refusing(str(self.layout.path)):
            while end > 0 and (data := file.read(min(end, 2**22))):
                count += self.layout.with_lines(data).count(b"\n")
                end -= len(data)
        return count

    def refused(
        self, position: int, expected: str, received: object = None, fix: str = ""
    ) -> DataError:
        """An error that names the file and the line.

        Args:
            position: Where in the block it is.
            expected: As in `sensorium.errors.sentence`.
            received: The same.
            fix: The same.
        """
        where = f"{self.layout.path}, line {self.line_of(position)}"
        return DataError(sentence(where, expected, received, fix))

    def header(self) -> list[str]:
        """The fields of the first record."""
        self._check_nul()
        self._check_quotes()
        starts, ends = self._records()
        try:
            text = self.data[starts[0] : ends[0]].decode()
        except UnicodeDecodeError as error:
            raise self._not_utf8(error.start) from None
        if not text:
            raise self.refused(0, "the header is missing")
        inside = self.outside(ord(self.layout.separator))
        cuts = [0, *(inside[inside < ends[0]] + 1).tolist(), int(ends[0]) + 1]
        fields = [self.data[low : high - 1].decode() for low, high in pairwise(cuts)]
        if b'"' not in self.data or not self.layout.has_quotes:
            return fields
        return [_unquoted(name) for name in fields]

    def parse(self, columns: Sequence[str], first_row: int) -> pl.DataFrame:
        """Checks the block and gives its columns as texts.

        Args:
            columns: Names of the columns wanted.
            first_row: Number of the block's first row, for messages.
        """
        self._check_nul()
        self._check_quotes()
        if len(self.layout.names) > 1 and self._may_have_blank_lines():
            data = self._without_blank_lines()
            if len(data) < len(self.data):
                return self._parse(data, columns, first_row)
        return self._parse(self.data, columns, first_row)

    def _parse(
        self, data: bytes, columns: Sequence[str], first_row: int
    ) -> pl.DataFrame:
        layout = self.layout
        if not data:
            return pl.DataFrame(schema=dict.fromkeys(columns, pl.String()))
        try:
            frame = pl.read_csv(
                data,
                has_header=False,
                schema=dict.fromkeys(layout.names, pl.String()),
                separator=layout.separator,
                quote_char='"' if len(self.quotes) else None,
                glob=False,
            )
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise self._diagnosed(first_row, str(error).split("\n")[0]) from None
        self._check_shape(frame, data, first_row)
        if len(self.quotes) and b'""' in data:
            empty = pl.col(pl.String) == ""
            frame = frame.with_columns(
                pl.when(~empty).then(pl.col(pl.String)).name.keep()
            )
        return frame.select(columns)

    def _check_nul(self) -> None:
        at = self.data.find(b"\0")
        if at >= 0:
            fix = "Is it UTF-16, or no text at all? Save the table as UTF-8."
            raise self.refused(at, f"a NUL byte (byte {self.offset + at})", None, fix)

    def _check_quotes(self) -> None:
        """Quotes must open at the start of a field and close at its end."""
        quotes = self.quotes
        if not len(quotes):
            return
        padded = np.concatenate([[_LINE], self.letters, [_LINE]])
        opening, closing = quotes[0::2], quotes[1::2]
        allowed = [ord(self.layout.separator), _LINE, ord("\r"), _QUOTE]
        wrong = opening[~np.isin(padded[opening], allowed)]
        if len(wrong):
            at = int(wrong[0])
            left = quotes[max(0, int(np.searchsorted(quotes, at)) - 2)]
            fix = "Put the whole field in quotes and double the quote inside it."
            raise self.refused(
                int(left) if len(quotes) % 2 else at,
                "a quote that does not stand at the start or end of its field",
                self._around(at),
                fix,
            )
        wrong = closing[~np.isin(padded[closing + 2], allowed)]
        if len(wrong) or len(quotes) % 2:
            at = int(wrong[0]) if len(wrong) else int(quotes[-1])
            before = int(quotes[max(0, int(np.searchsorted(quotes, at)) - 1)])
            start = before if len(wrong) else at
            fix = "Close it, or double it if it belongs to the text."
            raise self.refused(
                start, "a quote opens here and is not closed", self._around(start), fix
            )

    def _around(self, position: int) -> str:
        part = self.data[max(0, position - 15) : position + 25]
        return part.decode("utf-8", "replace")

    def _may_have_blank_lines(self) -> bool:
        lengths = np.diff(self.ends, prepend=-1)
        return bool((lengths <= 2).any())

    def _records(self) -> tuple[Positions, Positions]:
        """Where records start and end (without their line ends)."""
        ends = self.ends
        if not self.data.endswith(b"\n"):
            ends = np.append(ends, len(self.data))
        starts = np.concatenate([[0], ends[:-1] + 1])
        carriage = np.concatenate([self.letters, [0]])[np.maximum(ends - 1, 0)]
        ends = ends - ((carriage == ord("\r")) & (ends > starts))
        return starts, ends

    def _without_blank_lines(self) -> bytes:
        starts, ends = self._records()
        full = np.flatnonzero(ends > starts)
        if len(full) == len(starts):
            return self.data
        pieces = [self.data[starts[at] : ends[at]] for at in full]
        return b"\n".join(pieces) + b"\n" if pieces else b""

    def _check_shape(self, frame: pl.DataFrame, data: bytes, first_row: int) -> None:
        """Compares the numbers of rows and separators with what was parsed."""
        block = self if data is self.data else Block(self.layout, data, self.offset)
        rows = len(block.ends) + (not data.endswith(b"\n"))
        if frame.height == rows and not frame[self.layout.names[-1]].null_count():
            return  # Polars refuses long rows; short ones lack the last field
        separators = rows * (len(self.layout.names) - 1)
        separator = self.layout.separator
        found = data.count(separator.encode())
        if len(self.quotes):
            inside = pl.all().str.count_matches(separator, literal=True).sum()
            found -= sum(frame.select(inside).row(0))
        if frame.height != rows or found != separators:
            raise self._diagnosed(first_row, "rows and fields do not match the header")

    def _diagnosed(self, first_row: int, reason: str) -> DataError:
        """Finds the first thing that is wrong with a block."""
        try:
            self.data.decode()
        except UnicodeDecodeError as error:
            return self._not_utf8(error.start)
        starts, ends = self._records()
        separators = self.outside(ord(self.layout.separator))
        low, high = np.searchsorted(separators, [starts, ends])
        counts = high - low + 1
        expected = len(self.layout.names)
        blank = (ends == starts) & (expected > 1)
        wrong = np.flatnonzero((counts != expected) & ~blank)
        if not len(wrong):
            return self.refused(0, f"cannot be read ({reason})")
        at = int(wrong[0])
        row = first_row + at - int(np.count_nonzero(blank[:at]))
        return self._ragged(row, self.data[starts[at] : ends[at]], int(counts[at]), at)

    def _ragged(self, row: int, record: bytes, count: int, at: int) -> DataError:
        expected = len(self.layout.names)
        starts, _ = self._records()
        more = count > expected
        fix = "Fill up the row, if only by separators."
        if more:
            fix = "Put fields that contain the separator in quotes."
            if self.layout.separator == "," and _decimal_commas(record):
                fix = "Are these decimal commas? Quote them, or separate by `;`."
        return self.refused(
            int(starts[at]),
            f"row {row} has {count} fields and the header has {expected}",
            record.decode("utf-8", "replace"),
            fix,
        )

    def _not_utf8(self, at: int) -> DataError:
        byte = self.data[at]
        letter = bytes([byte]).decode("cp1252", "replace")
        expected = f"byte {self.offset + at} (0x{byte:02x}) is not UTF-8"
        fix = f"In Windows-1252 it is `{letter}`. Save the table as UTF-8."
        return self.refused(at, expected, self._around(at), fix)


def _decimal_commas(record: bytes) -> bool:
    fields = [field.strip(b' "-') for field in record.split(b",")]
    return sum(field.replace(b".", b"").isdigit() for field in fields) >= 2


def _places(letters: Bytes, letter: int) -> Positions:
    """Where a letter stands; piece by piece, since small arrays stay in the cache."""
    pieces = [
        np.flatnonzero(letters[start : start + _PIECE] == letter) + start
        for start in range(0, len(letters), _PIECE)
    ]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int64)


def _starts_with_quotes(layout: Layout) -> bool:
    separator = layout.separator.encode()
    starts = (separator + b'"', b'\n"', b'\r"')
    tail = b"\n"
    with open_bytes(layout.path) as file, refusing(str(layout.path)):
        file.seek(layout.start)
        while data := file.read(2**22):
            data = tail + data
            if b'"' in data and any(start in data for start in starts):
                return True
            tail = data[-1:]
    return False


def _unquoted(name: str) -> str:
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        return name[1:-1].replace('""', '"')
    return name
