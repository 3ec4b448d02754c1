"""Files and functions stay small enough to be read at one sitting."""

from __future__ import annotations

import ast

import pytest

from tests.house.sources import (
    Function,
    functions,
    modules,
    python_files,
    relative,
    tracked_files,
)

MAX_FILE = 400
MAX_EXAMPLE = 120
MAX_FUNCTION = 40
MAX_ARGUMENTS = 8
# Constructors whose arguments are the top-level keys of a document.
DOCUMENTS = ("sensorium/recipe/declaration.py", "sensorium/training/stage")
EMPTY_WORDS = {"utils", "util", "common", "helpers", "helper", "core", "misc"}


def code_lines(node: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    whole = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)


def arguments(node: Function) -> list[str]:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [item.arg for item in every if item.arg not in ("self", "cls")]


@pytest.mark.parametrize("path", python_files(), ids=relative)
def test_no_file_is_long(path) -> None:
    limit = MAX_EXAMPLE if relative(path).startswith("examples/") else MAX_FILE
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines < limit, f"{relative(path)} has {lines} lines; split it by subject"


@pytest.mark.parametrize("path", python_files(), ids=relative)
def test_no_function_is_long(path) -> None:
    long = {str(f): code_lines(f.node) for f in functions(path)}
    assert {name: n for name, n in long.items() if n > MAX_FUNCTION} == {}


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_no_function_takes_many_arguments(path) -> None:
    many = {
        str(found): arguments(found.node)
        for found in functions(path)
        if not (found.name == "__init__" and relative(path).startswith(DOCUMENTS))
    }
    assert {name: a for name, a in many.items() if len(a) > MAX_ARGUMENTS} == {}


def test_no_name_of_a_file_or_folder_is_empty_of_meaning() -> None:
    found = {
        relative(path)
        for path in [*tracked_files(), *python_files()]
        if EMPTY_WORDS
        & {part.partition(".")[0] for part in path.parts[-6:]}
        & set(relative(path).replace(".", "/").split("/"))
    }
    assert found == set()


def test_code_lines_leave_out_the_docstring() -> None:
    source = 'def f():\n    """One.\n\n    Two.\n    """\n    return 1\n'
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert code_lines(function) == 2
