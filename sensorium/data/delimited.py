"""CSV and TSV files.

A file is UTF-8 text (with or without a byte order mark); its first record is the
header. The separator of `.tsv` and `.tab` files is a tab; of others, that one of
`,` `;` tab `|` which stands most often in the header. Lines end in LF, CRLF or,
in files without any LF, CR. Fields may be quoted by `"` (doubled inside); in a file
where no field starts with a quote, quotes are letters like others. Empty fields,
quoted or not, are missing values. Lines without a field are left out; in a file of
one column they are missing values.

Refused, with the line: rows that are longer or shorter than the header, a quote
that is not closed, bytes that are not UTF-8, NUL bytes, two columns of one name.
`sensorium.data.inference` has the rules for the types of columns.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from sensorium.data.delimited_block import Block, Layout
from sensorium.data.delimited_layout import find_layout
from sensorium.data.files import (
    KEPT_BYTES,
    check_unchanged,
    file_key,
    open_bytes,
    refusing,
)
from sensorium.data.inference import TableTypes
from sensorium.data.parallel import in_order
from sensorium.data.source import FrameSource, MemorySource, Source
from sensorium.errors import DataError, sentence

BLOCK_BYTES = 8 * 2**20
_MOST_OF_A_LINE = 2**16
RECORD_BYTES = 256 * 2**20


def read_delimited(path: Path) -> tuple[Source, list[str]]:
    """A source from a CSV or TSV file, and notes on what was decided.

    Args:
        path: An existing file.

    Raises:
        DataError: The file is refused; see the module.
    """
    layout = find_layout(path)
    keep = layout.stamp[0] <= KEPT_BYTES
    types = TableTypes(layout.names, keep)
    kept: list[pl.DataFrame] = []
    for frame in _frames(layout, layout.names):
        types.see(frame)
        if keep:
            kept.append(frame)
    notes = [*layout.notes, *types.notes()]
    if keep:
        return _in_memory(layout, types, kept), notes
    frames = partial(_typed, layout, types)
    key = partial(file_key, path, layout.stamp)
    return FrameSource(types.dtypes, types.num_rows, frames, key), notes


def _in_memory(
    layout: Layout, types: TableTypes, frames: list[pl.DataFrame]
) -> MemorySource:
    if not frames:
        return MemorySource(pl.DataFrame(schema=types.dtypes).to_dict())
    with refusing(str(layout.path)):
        whole = types.whole(frames)
        key = partial(file_key, layout.path, layout.stamp)
        return MemorySource(whole.to_dict(), whole.height, key)


def _typed(
    layout: Layout, types: TableTypes, columns: Sequence[str], rows: int
) -> Iterator[pl.DataFrame]:
    for frame in _frames(layout, columns):
        with refusing(str(layout.path), "Was the file changed while it was read?"):
            typed = types.convert(frame)
        for start in range(0, typed.height, rows):
            yield typed[start : start + rows]


def _frames(layout: Layout, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yields the rows as texts, block by block; several blocks are parsed at once."""
    row = 1

    def parsed(block: Block) -> tuple[Block, pl.DataFrame | None]:
        try:
            return block, block.parse(columns, 1)
        except DataError:
            return block, None  # parsed again where the numbers of its rows are known

    for block, frame in in_order(parsed, _blocks(layout, BLOCK_BYTES)):
        found = block.parse(columns, row) if frame is None else frame
        row += found.height
        yield found


def _blocks(layout: Layout, size: int) -> Iterator[Block]:
    """Cuts the file after whole records."""
    check_unchanged(layout.path, layout.stamp)
    offset = layout.start
    rest = b""
    with open_bytes(layout.path) as file:
        file.seek(offset)
        while True:
            with refusing(str(layout.path)):
                read = _lines(file, size)
            block = Block(layout, rest + layout.with_lines(read), offset)
            cut = block.last_end() if read else len(block.data)
            if cut:
                whole, rest = block.data[:cut], block.data[cut:]
                yield Block(layout, whole, offset)
                offset += cut
            else:
                rest = block.data
            if not read:
                return
            if len(rest) > RECORD_BYTES:
                raise _endless(block)


def _lines(file: io.BufferedReader, size: int) -> bytes:
    """Reads on to the first end of a line after so many bytes, if one is near.

    So most often a block ends with what was read, and nothing needs to be copied.
    """
    start = file.tell()
    file.seek(start + size)
    more = len(file.readline(_MOST_OF_A_LINE))
    file.seek(start)
    return file.read(size + more)


def _endless(block: Block) -> DataError:
    where = f"{block.layout.path}, line {block.line_of(0)}"
    expected = f"a record of more than {RECORD_BYTES // 2**20} MiB"
    return DataError(sentence(where, expected, None, "Is a quote left open there?"))
