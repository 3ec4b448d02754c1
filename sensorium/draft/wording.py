"""How a draft is written: comments, entries and values in YAML."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

_WIDTH = 88
_PLAIN = re.compile(r"[^\W\d][\w.-]*( [\w.-]+)*")
_WORDS = frozenset(["true", "false", "yes", "no", "on", "off", "null", "y", "n"])


def comment(text: str, indent: str = "", first: str = "# ") -> list[str]:
    """A text as lines of comment; what cannot be printed becomes `?`."""
    clean = "".join(sign if sign.isprintable() else "?" for sign in text)
    return textwrap.wrap(
        clean,
        _WIDTH,
        initial_indent=indent + first,
        subsequent_indent=indent + "#" + " " * (len(first) + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )


def remark(name: str, text: str, indent: str = "") -> list[str]:
    """What there is to say of a column, as lines of comment."""
    return comment(f"{name}: {text}", indent, "#   ")


def entry(name: str, document: Mapping[str, Any], indent: str) -> list[str]:
    """`name: {type: ..., ...}`, broken between values where a line gets long."""
    pieces = [f"{indent}{scalar(name)}: {{"]
    for number, (key, value) in enumerate(document.items()):
        comma = ", " if number else ""
        if isinstance(value, list):
            parts = [scalar(item) for item in value]
            head = [f"{comma}{key}: [{parts[0]}"] if parts else [f"{comma}{key}: ["]
            pieces += [*head, *(f", {part}" for part in parts[1:]), "]"]
        else:
            pieces.append(f"{comma}{key}: {scalar(value)}")
    lines = [""]
    for piece in [*pieces, "}"]:
        if len(lines[-1]) + len(piece) > _WIDTH - 2 and piece.startswith(", "):
            lines[-1] += ","
            lines.append(f"{indent}  {piece[2:]}")
        else:
            lines[-1] += piece
    return lines


def scalar(value: object) -> str:
    """A value as YAML reads it back, whatever a name holds."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return f'"{"".join(map(_escaped, value))}"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"


def unused(lines: Iterable[str]) -> list[str]:
    """The lines as comments, in their place once the `# ` is removed."""
    return [re.sub(r"^( *)", r"\1# ", line, count=1) for line in lines]
