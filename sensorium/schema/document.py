"""Documents in YAML: read with line numbers, without YAML's old surprises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sensorium.errors import Problem, RecipeError


class _Loader(yaml.SafeLoader):
    """YAML 1.2's words: only true/false are booleans, and 1e-3 is a number."""


class _Dumper(yaml.SafeDumper):
    """Writes tuples as lists and never uses anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:float")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?$"),
    list("-+0123456789."),
)
# Texts that either YAML would take for something else are written in quotes.
_Dumper.yaml_implicit_resolvers = {
    first: [*yaml.SafeDumper.yaml_implicit_resolvers.get(first, []), *resolvers]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Dumper.add_representer(tuple, lambda dumper, data: dumper.represent_list(list(data)))


@dataclass(frozen=True)
class Document:
    """Plain data with the place each part was read from.

    Args:
        data: Mappings, lists, texts, numbers, booleans and nulls.
        where: File name, or how messages call the source.
        lines: Line (from 1) of each path, e.g. `{"stages.0.epochs": 12}`.
    """

    data: Any
    where: str = ""
    lines: dict[str, int] = field(default_factory=dict)

    def place(self, problem: Problem) -> Problem:
        """Adds file and line to a problem's path, where they are known."""
        path = problem.path
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        if path not in self.lines:
            return problem
        where = f"{self.where}:{self.lines[path]}: {problem.path}"
        return Problem(where, problem.message)


def read_yaml(source: str | Path) -> Document:
    """Reads a YAML file (`Path`) or text (`str`).

    Raises:
        RecipeError: If it cannot be read, is not YAML, or names a key twice.
    """
    where = source.name if isinstance(source, Path) else ""
    text = _text(source) if isinstance(source, Path) else source
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise RecipeError([Problem(where, "the document is empty.")])
        problems = list(_twice(node, where))
        if problems:
            raise RecipeError(problems)
        lines = dict(_lines(node, ""))
        return Document(loader.construct_document(node), where, lines)
    except yaml.YAMLError as error:
        raise RecipeError([Problem(where, f"this is not YAML: {error}")]) from error
    finally:
        loader.dispose()


def write_yaml(data: Any) -> str:
    """Writes plain data as YAML, keys in the given order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        text = "there is no such file. Write one with `sensorium init`."
        raise RecipeError([Problem(str(path), text)]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError([Problem(str(path), f"cannot be read: {error}.")]) from error


def _twice(node: yaml.Node, where: str) -> Iterator[Problem]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                text = f"the key `{name}` stands here a second time. Keep one."
                yield Problem(f"{where}:{line}" if where else f"line {line}", text)
            seen.add(name)
            yield from _twice(value, where)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _twice(value, where)


def _lines(node: yaml.Node, path: str) -> Iterator[tuple[str, int]]:
    dot = f"{path}." if path else ""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield f"{dot}{key.value}", key.start_mark.line + 1
            yield from _lines(value, f"{dot}{key.value}")
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield f"{dot}{index}", value.start_mark.line + 1
            yield from _lines(value, f"{dot}{index}")
