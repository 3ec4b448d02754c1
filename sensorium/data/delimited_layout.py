"""How a CSV file is written: encoding, line ends, separator, quotes, header."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path

from sensorium.data.delimited_block import Block, Layout
from sensorium.data.files import open_bytes, refusing, stamp_of
from sensorium.errors import DataError, listing, sentence

_CANDIDATES = ",;\t|"
_HEADER_BYTES = 2**20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def find_layout(path: Path) -> Layout:
    """Looks at the header, and at the quotes of a whole file where there are some.

    Args:
        path: An existing file.

    Raises:
        DataError: The header cannot be used.
    """
    with open_bytes(path) as file, refusing(str(path)):
        data = file.read(_HEADER_BYTES)
    if data.startswith(_UTF16):
        fix = "Save the table as UTF-8."
        raise DataError(sentence(str(path), "is UTF-16 text, not UTF-8", None, fix))
    start = 3 if data.startswith(codecs.BOM_UTF8) else 0
    carriage = b"\n" not in data and b"\r" in data
    tab = path.suffix.lower() in (".tsv", ".tab")
    layout = Layout(
        path=path,
        names=(),
        separator="\t" if tab else ",",
        quoted=True,
        carriage=carriage,
        start=start,
        stamp=stamp_of(path),
    )
    return _with_header(layout, data[start:], tab)


def _with_header(layout: Layout, data: bytes, tab: bool) -> Layout:
    data = layout.with_lines(data)
    blank = len(data) - len(data.lstrip(b"\r\n"))
    data = data[blank:]
    start = layout.start + blank
    if not tab:
        first = Block(layout, data, start)
        layout = replace(layout, separator=_separator(first.data[: _header_end(first)]))
    layout = replace(layout, quoted=None)
    block = Block(layout, data, start)
    end = _header_end(block)
    if not end and len(data) >= _HEADER_BYTES - blank:
        fix = "Is a quote left open there?"
        raise block.refused(0, "the header is longer than 1 MiB", None, fix)
    header = Block(layout, data[: end or len(data)], start)
    names = header.header()
    made, notes = _named(names)
    _refuse_repeated(layout, made)
    end = start + len(header.data)
    if b'"' in header.data:  # without, the rows alone tell, and may have no quote
        layout = replace(layout, quoted=layout.has_quotes)
    return replace(layout, names=tuple(made), start=end, notes=notes)


def _header_end(block: Block) -> int:
    ends = block.outside(ord("\n"))
    return int(ends[0]) + 1 if len(ends) else 0


def _separator(header: bytes) -> str:
    """The candidate that stands most often outside quotes; the first of equals."""
    outside = b"".join(header.split(b'"')[0::2])
    return max(_CANDIDATES, key=lambda letter: outside.count(letter.encode()))


def _named(names: list[str]) -> tuple[list[str], list[str]]:
    made = [name or f"column_{at}" for at, name in enumerate(names, 1)]
    notes = [
        f"column {at} has no name in the header and is called `{made[at - 1]}`."
        for at, name in enumerate(names, 1)
        if not name
    ]
    if len(names) > 1 and all(map(_is_number, names)) and not _counted(names):
        notes.append("the header holds only numbers; is the header line missing?")
    return made, notes


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _counted(names: list[str]) -> bool:
    return names == [str(at) for at in range(len(names))]


def _refuse_repeated(layout: Layout, names: list[str]) -> None:
    if len(set(names)) == len(names):
        return
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    at = {name: [i for i, n in enumerate(names, 1) if n == name] for name in repeated}
    places = [f"`{name}` (columns {listing(at[name])})" for name in repeated]
    where = f"{layout.path}, header"
    fix = "Rename all but one."
    message = f"{where}: names stand more than once: {listing(places)}. {fix}"
    raise DataError(message)
