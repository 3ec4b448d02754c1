"""How a recipe names a table: a path, a table with other names, or a join."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sensorium.data.join import HOWS, join_tables
from sensorium.data.reading import read
from sensorium.data.table import Table
from sensorium.errors import Problem, RecipeError, listing, near

_PLAIN = ("data", "rename")
_JOIN = ("join", "on", "how", "many", "as_text", "rename")
_SIDES = ("left", "right")
_EXAMPLE = "`{join: [photos.csv, sensors.csv], on: id, how: outer}`"


def read_document(
    document: Any, folder: Path = Path(), also: Collection[str] = ()
) -> Table:
    """Reads the table that a document names.

    A document is a path, `{data: PATH, rename: {new: old}}`, or a join
    `{join: [PATH, PATH], on: KEY, how: outer}`. In place of each path of a join, which
    may also be `{name: PATH}`, any document may stand. `on`, `how`, `many` and
    `as_text` are those of `join_tables`.

    Args:
        document: The document; in Python also whatever `read` takes.
        folder: Folder that relative paths start from.
        also: Keys beside these that the caller reads.

    Raises:
        RecipeError: If the document has mistakes; all are named.
        DataError: If a table cannot be read or joined.
    """
    if isinstance(document, (str, Path)):
        return read(folder / document)
    if not is_document(document):
        return read(document)
    problems = document_problems(document, "", also)
    if problems:
        raise RecipeError(problems)
    if "join" in document:
        table: Table = _join(document, folder)
    else:
        table = read_document(document["data"], folder)
    names = document.get("rename")
    return table.renamed(names) if names else table


def _join(document: Mapping[str, Any], folder: Path) -> Table:
    parts = document["join"]
    options = {key: document[key] for key in ("many", "as_text") if key in document}
    tables: Any = (
        {name: read_document(part, folder) for name, part in parts.items()}
        if isinstance(parts, Mapping)
        else [read_document(part, folder) for part in parts]
    )
    return join_tables(tables, document["on"], document.get("how"), **options)


def is_document(value: Any) -> bool:
    """Whether a mapping names a table, and is not itself one of columns by name."""
    if not isinstance(value, Mapping):
        return False
    return "join" in value or isinstance(value.get("data"), (str, Path, Mapping, Table))


def describe_document(document: Any) -> str:
    """Names a document's files for people."""
    if isinstance(document, (str, Path)):
        return str(document)
    if not is_document(document):
        return str(getattr(document, "where", "a table"))
    if "join" not in document:
        return describe_document(document["data"])
    parts = document["join"]
    found = parts.values() if isinstance(parts, Mapping) else parts
    return " + ".join(describe_document(part) for part in found)


def document_problems(
    document: Any, path: str = "data", also: Collection[str] = ()
) -> list[Problem]:
    """Lists every mistake in a document, without reading a file.

    Args:
        document: The document; every mapping is taken for one.
        path: Where it stands, for messages.
        also: Keys beside its own that the caller reads.
    """
    return list(_problems(document, path, also))


def _problems(
    document: Any, path: str, also: Collection[str] = ()
) -> Iterator[Problem]:
    if isinstance(document, (str, Path)):
        if not str(document).strip():
            yield Problem(path, "expected the path of a table, not an empty text.")
        return
    if not isinstance(document, Mapping):
        if document is None or isinstance(document, (bool, int, float)):
            yield Problem(path, f"expected a path or a join. Received: {document!r}.")
        return
    joins = "join" in document
    known: tuple[str, ...] = _JOIN if joins else _PLAIN
    if not joins and "data" not in document:
        known = tuple(dict.fromkeys((*_PLAIN, *_JOIN)))
    for key in document:
        if key not in known and key not in also:
            fix = near(str(key), known) or f"Known: {listing([*known, *also], 12)}."
            yield Problem(_at(path, key), f"there is no such key here. {fix}")
    if joins:
        yield from _join_problems(document, path)
    elif "data" in document:
        yield from _problems(document["data"], _at(path, "data"))
    else:
        yield Problem(path, f"expected `data`, a path, or a join: {_EXAMPLE}.")
    yield from _rename_problems(document.get("rename"), _at(path, "rename"))


def _join_problems(document: Mapping[str, Any], path: str) -> Iterator[Problem]:
    parts = document["join"]
    place = _at(path, "join")
    if not isinstance(parts, (Mapping, list, tuple)) or len(parts) < len(_SIDES):
        text = f"expected two tables or more: {_EXAMPLE}. Received: {parts!r}."
        yield Problem(place, text)
        parts = []
    named = parts if isinstance(parts, Mapping) else dict(enumerate(parts))
    for name, part in named.items():
        yield from _problems(part, _at(place, name))
    if "on" not in document:
        text = f"a join needs `on`, the column that its tables share: {_EXAMPLE}."
        yield Problem(path, text)
    else:
        yield from _on_problems(document["on"], _at(path, "on"), parts)
    yield from _option_problems(document, path)


def _option_problems(document: Mapping[str, Any], path: str) -> Iterator[Problem]:
    allowed: dict[str, tuple[Any, ...]] = {
        "how": (*HOWS, None),
        "many": ("left", None),
        "as_text": (True, False),
    }
    for key, values in allowed.items():
        given = document.get(key, values[-1])
        if not any(given is value or given == value for value in values):
            words = [str(value).lower() for value in values if value is not None]
            fix = near(str(given), words)
            text = f"expected {' or '.join(words)}. Received: {given!r}. {fix}"
            yield Problem(_at(path, key), text.strip())


def _on_problems(on: Any, path: str, parts: Any) -> Iterator[Problem]:
    if not isinstance(on, Mapping):
        if not _is_key(on):
            text = "expected a column, a list of columns, or `{table: column}`."
            yield Problem(path, f"{text} Received: {on!r}.")
        return
    names = _table_names(parts)
    for name, key in on.items():
        if names and name not in names:
            fix = near(str(name), names) or f"Known: {listing(names)}."
            yield Problem(_at(path, name), f"there is no such table. {fix}")
        if not _is_key(key):
            text = f"expected a column or a list of columns. Received: {key!r}."
            yield Problem(_at(path, name), text)
    if len(on) < len(parts):
        text = f"names {len(on)} of {len(parts)} tables. Give the key of each."
        yield Problem(path, text)
    sizes = {
        1 if isinstance(key, str) else len(key) for key in on.values() if _is_key(key)
    }
    if len(sizes) > 1:
        yield Problem(path, "every table needs as many key columns as the others.")


def _table_names(parts: Any) -> list[str]:
    """What `on` may call the tables; empty where that is known after reading only."""
    if isinstance(parts, Mapping):
        names = [str(name) for name in parts]
    elif all(isinstance(part, (str, Path)) for part in parts):
        names = list(dict.fromkeys(Path(part).name for part in parts))
        names = names if len(names) == len(parts) else []
        names += [] if names else [f"table {at}" for at in range(1, len(parts) + 1)]
    else:
        return []
    return [*names, *(_SIDES if len(parts) == len(_SIDES) else ())]


def _is_key(key: Any) -> bool:
    columns = [key] if isinstance(key, str) else key
    known = isinstance(columns, Sequence) and not isinstance(columns, bytes)
    return known and bool(columns) and all(isinstance(c, str) and c for c in columns)


def _rename_problems(names: Any, path: str) -> Iterator[Problem]:
    if names is None:
        return
    if not isinstance(names, Mapping):
        text = f"expected `{{new: old}}`. Received: {names!r}."
        yield Problem(path, text)
        return
    for new, old in names.items():
        if not all(isinstance(name, str) and name for name in (new, old)):
            text = f"expected the old name, a text, for a new one. Received: {old!r}."
            yield Problem(_at(path, new), text)
    olds = [old for old in names.values() if isinstance(old, str)]
    for old in dict.fromkeys(olds):
        if olds.count(old) > 1:
            yield Problem(path, f"column `{old}` is given two names. Keep one.")


def _at(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)
