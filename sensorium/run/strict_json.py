"""JSON with one spelling: what is read is what would have been written.

Canonical JSON here is UTF-8, keys sorted by code point, no spaces, no NaN or
Infinity, at most `MAX_DEPTH` levels. `decode` refuses every other spelling, so
a document that was read and written again has the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn, TypeAlias

from sensorium.run.refusal import refused, shown

JSON: TypeAlias = Any
"""A dict with text keys, a list, text, a number, a boolean or None."""

MAX_DEPTH = 32
MAX_INTEGER = 10**300
"""Reading and writing long numbers takes time that grows by their square."""
MAX_VALUES = 4_000_000
"""Counted generously: commas inside texts count too."""


def encode(value: JSON, where: str) -> bytes:
    """Turns a value into canonical JSON.

    Tuples become lists. The order of a dict's keys is not kept (they are
    sorted): where order matters, store a list.

    Args:
        value: What to store: dicts with text keys, lists, text, finite numbers,
            booleans, None.
        where: Name of the document, for messages.

    Raises:
        ArtifactError: `json`, if the value holds anything else, with its place.
    """
    check(value, where)
    try:
        data = _dump(value)
    except ValueError as error:
        raise refused("json", where, f"cannot be written as JSON ({error})") from error
    _check_count(data, where)
    return data


def decode(data: bytes, where: str) -> JSON:
    """Reads canonical JSON, and nothing else.

    Args:
        data: The bytes of the document.
        where: File and document, for messages.

    Raises:
        ArtifactError: `json`, for a syntax error, a key that stands twice, NaN or
            Infinity, more than `MAX_DEPTH` levels or `MAX_VALUES` values, a number of
            more than 300 digits, or a spelling that is not canonical.
    """
    _check_count(data, where)
    value = _load(data, where)
    if encode(value, where) != data:
        raise refused("json", where, "expected canonical JSON (sorted keys, no spaces)")
    return value


def check(value: JSON, where: str, depth: int = 1) -> None:
    """Refuses what JSON cannot hold or would change on the way.

    Args:
        value: The value to look at, with everything inside it.
        where: Its place, for messages.
        depth: Levels down to here, this one included.

    Raises:
        ArtifactError: `json`, with the place of the first wrong value.
    """
    if _is_plain(value):
        return
    if isinstance(value, float):
        raise refused("json", where, "expected a finite number", value)
    if isinstance(value, int):
        raise refused("json", where, "expected numbers of at most 300 digits")
    if not isinstance(value, (dict, list, tuple)):
        fix = "Use plain Python values: `.item()`, `.tolist()`, `str()`."
        expected = "expected text, a number, a list or a dict"
        raise refused("json", where, expected, value, fix)
    if depth > MAX_DEPTH:
        raise refused("json", where[:80], f"expected at most {MAX_DEPTH} levels")
    for place, item in _children(value, where):
        check(item, place, depth + 1)


def _children(value: Any, where: str) -> Iterator[tuple[str, JSON]]:
    """Gives the place and value of each item that needs a look of its own.

    Documents hold long lists of words and numbers: only the others cost a name.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise refused("json", where, "expected keys that are text", key)
            if not _is_plain(item):
                yield f"{where}.{shown(key)}", item
        return
    for index, item in enumerate(value):
        if not _is_plain(item):
            yield f"{where}[{index}]", item


def _is_plain(value: JSON) -> bool:
    """Says whether a value is text, a boolean, None or a number that can be kept."""
    if isinstance(value, int):
        return -MAX_INTEGER < value < MAX_INTEGER
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str)


def _check_count(data: bytes, where: str) -> None:
    """Bounds the memory that parsing takes: counts what may begin a value."""
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) >= MAX_VALUES:
        raise refused("json", where, f"expected at most {MAX_VALUES:,} values")


def _dump(value: JSON) -> bytes:
    """Writes a checked value in the one spelling."""
    return json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        sort_keys=True,
        separators=(",", ":"),
    ).encode("utf-8")


def _load(data: bytes, where: str) -> JSON:
    """Parses strictly; every failure of the parser becomes our error."""
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_integer,
        )
    except RecursionError as error:
        raise refused("json", where, f"expected at most {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise refused("json", where, f"expected JSON ({error})") from error


def _unique(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    """Builds a dict, refusing a key that stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _integer(digits: str) -> int:
    """Reads a whole number, looking at its length first."""
    if len(digits) > 301:
        raise ValueError("a number has more than 300 digits")
    return int(digits)


def _no_constant(word: str) -> NoReturn:
    """Refuses the three words that Python's parser adds to JSON."""
    raise ValueError(f"{word} is not JSON")
