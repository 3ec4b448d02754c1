"""The project's own files, read as text and as syntax trees."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
PACKAGE = PROJECT / "sensorium"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def relative(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def modules() -> list[Path]:
    """Every Python file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def python_files() -> list[Path]:
    """Every Python file of the project: package, tests, examples, benchmarks."""
    rooms = ("sensorium", "tests", "examples", "benchmarks")
    return sorted(path for room in rooms for path in (PROJECT / room).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_public(name: str) -> bool:
    return not any(part.startswith("_") for part in name.split("."))


def tracked_files() -> list[Path]:
    """What git tracks; without git, every file outside dot folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=False
    )
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return [PROJECT / name for name in names if name and (PROJECT / name).is_file()]
    found = (path for path in PROJECT.rglob("*") if path.is_file())
    return [path for path in found if is_public(path.relative_to(PROJECT).parts[0])]


@dataclass(frozen=True)
class Found:
    """A class or function of the package: where it stands, and its tree."""

    path: Path
    name: str
    node: ast.ClassDef | Function

    def __str__(self) -> str:
        return f"{relative(self.path)}:{self.node.lineno} {self.name}"


def functions(path: Path) -> Iterator[Found]:
    """Every function of a file, methods and inner functions too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function):
            yield Found(path, node.name, node)


def definitions(path: Path) -> Iterator[Found]:
    """The classes and functions on a file's top level."""
    for node in tree_of(path).body:
        if isinstance(node, ast.ClassDef | Function):
            yield Found(path, node.name, node)


@functools.cache
def classes() -> dict[str, Found]:
    """Every class on a top level of the package, by its name."""
    return {
        found.name: found
        for path in modules()
        for found in definitions(path)
        if isinstance(found.node, ast.ClassDef)
    }


def bases(node: ast.ClassDef) -> list[str]:
    """The names of a class's bases: `keras.layers.Layer` for `keras.layers.Layer`."""
    return [ast.unparse(base).partition("[")[0] for base in node.bases]


def ancestors(node: ast.ClassDef) -> Iterator[str]:
    """The names of all ancestors, as far as the package defines them."""
    for name in bases(node):
        yield name
        short = name.rpartition(".")[2]
        if short in classes() and classes()[short].node is not node:
            yield from ancestors(classes()[short].node)  # type: ignore[arg-type]


def literal(tree: ast.Module, name: str) -> object:
    """The plain value that a module gives to a name; `None` where it gives none."""
    for node in tree.body:
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if name in names and node.value is not None:  # type: ignore[attr-defined]
            return ast.literal_eval(node.value)  # type: ignore[attr-defined]
    return None
