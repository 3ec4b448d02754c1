"""JSON lines: one object a line, UTF-8.

Polars parses; types are decided over the whole file. A key that a line lacks is
missing there. A column that holds text in one line and numbers in another becomes
text, as in CSV. Empty lines are left out.
"""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import polars as pl

from sensorium.data.files import (
    KEPT_BYTES,
    Stamp,
    check_unchanged,
    file_key,
    open_bytes,
    refusing,
    stamp_of,
)
from sensorium.data.source import FrameSource, Source
from sensorium.data.values import from_frame, plain, plain_dtype
from sensorium.errors import DataError, sentence

BLOCK_BYTES = 16 * 2**20
LINE_BYTES = 256 * 2**20


def read_records(path: Path) -> Source:
    """A source from a file of JSON lines.

    Args:
        path: An existing file.

    Raises:
        DataError: A line is not a JSON object, or a column mixes what cannot be mixed.
    """
    stamp = stamp_of(path)
    key = partial(file_key, path, stamp)
    schema, num_rows = _schema(path)
    dtypes = {name: plain_dtype(dtype) for name, dtype in schema.items()}
    frames = partial(_frames, path, stamp, schema)
    if stamp[0] > KEPT_BYTES:
        return FrameSource(dtypes, num_rows, frames, key)
    parts = list(frames(list(schema), 65536))
    whole = pl.concat(parts) if parts else pl.DataFrame(schema=dtypes)
    return from_frame(whole, key)


def _schema(path: Path) -> tuple[pl.Schema, int]:
    """Types over the whole file, and the number of rows."""
    whole = pl.DataFrame()
    num_rows = 0
    for data, line in _blocks(path):
        found = _parsed(path, data, line, None)
        num_rows += found.height
        try:
            whole = pl.concat([whole, found.clear()], how="diagonal_relaxed")
        except pl.exceptions.PolarsError as error:
            reason = str(error).split("\n")[0]
            where = f"{path}, from line {line}"
            message = sentence(where, f"columns change their type ({reason})")
            raise DataError(message) from None
    return whole.schema, num_rows


def _frames(
    path: Path, stamp: Stamp, schema: pl.Schema, columns: Sequence[str], rows: int
) -> Iterator[pl.DataFrame]:
    check_unchanged(path, stamp)
    wanted = pl.Schema({name: schema[name] for name in columns})
    for data, line in _blocks(path):
        frame = plain(_parsed(path, data, line, wanted))
        for start in range(0, frame.height, rows):
            yield frame[start : start + rows]


def _blocks(path: Path) -> Iterator[tuple[bytes, int]]:
    """Cuts the file after whole lines; gives the number of the first line too."""
    rest = b""
    line = 1
    with open_bytes(path) as file:
        while True:
            with refusing(str(path)):
                read = file.read(BLOCK_BYTES)
            data = rest + read
            if line == 1 and not rest:
                data = data.removeprefix(codecs.BOM_UTF8)
            cut = data.rfind(b"\n") + 1 if read else len(data)
            if data[:cut].strip():
                yield data[:cut], line
            line += data.count(b"\n", 0, cut)
            rest = data[cut:]
            if not read:
                return
            if len(rest) > LINE_BYTES:
                where = f"{path}, line {line}"
                raise DataError(sentence(where, "is longer than 256 MiB"))


def _parsed(
    path: Path, data: bytes, line: int, schema: pl.Schema | None
) -> pl.DataFrame:
    try:
        if schema is None:
            return pl.read_ndjson(data, infer_schema_length=None)
        return pl.read_ndjson(data, schema=schema)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        _diagnose(path, data, line, str(error).split("\n")[0])


def _diagnose(path: Path, data: bytes, first_line: int, reason: str) -> NoReturn:
    """Finds the first line that is wrong."""
    kinds: dict[str, str] = {}
    for number, text in enumerate(data.split(b"\n"), first_line):
        where = f"{path}, line {number}"
        if not text.strip():
            continue
        try:
            value = json.loads(text.decode(), parse_constant=_refuse_constant)
        except UnicodeDecodeError as error:
            byte = f"byte {error.start + 1} of the line (0x{text[error.start]:02x})"
            fix = "Save the file as UTF-8."
            raise DataError(
                sentence(where, f"{byte} is not UTF-8", None, fix)
            ) from None
        except (ValueError, RecursionError) as error:
            fix = "Write one JSON object a line."
            shown = text.decode("utf-8", "replace")
            raise DataError(
                sentence(where, f"is not JSON ({error})", shown, fix)
            ) from None
        if not isinstance(value, dict):
            fix = "Write one JSON object a line."
            raise DataError(sentence(where, "must be an object", value, fix))
        for name, item in value.items():
            if isinstance(item, float) and math.isinf(item):
                raise DataError(sentence(where, f"column `{name}` is over 1.8e308"))
            kind = _kind(item)
            if kind and kinds.setdefault(name, kind) != kind:
                expected = f"column `{name}` mixes {kinds[name]} and {kind}"
                raise DataError(sentence(where, expected, item))
    raise DataError(sentence(str(path), f"cannot be read ({reason})"))


def _kind(value: object) -> str:
    if value is None:
        return ""
    names = {bool: "true or false", int: "numbers", float: "numbers", str: "text"}
    return names.get(type(value), "lists" if isinstance(value, list) else "objects")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON; write null")
