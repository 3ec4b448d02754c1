"""Public things say what they are for, and name their arguments as they are."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import (
    Found,
    Function,
    ancestors,
    classes,
    definitions,
    is_public,
    module_name,
    modules,
    relative,
    tree_of,
)

# Methods whose meaning Keras fixes; the class's docstring says what is special.
KERAS_METHODS = {
    "build",
    "call",
    "compute_loss",
    "compute_mask",
    "compute_metrics",
    "compute_output_shape",
    "compute_output_spec",
    "from_config",
    "get_config",
    "reset_state",
    "result",
    "update_state",
}
NEEDS_ARGS = 3  # a function of more parameters than this explains each


def public_modules() -> list[Path]:
    return [
        path for path in modules() if is_public(module_name(path).partition(".__")[0])
    ]


def public_definitions(path: Path) -> Iterator[Found]:
    return (found for found in definitions(path) if is_public(found.name))


def public_methods(found: Found) -> Iterator[Function]:
    for node in found.node.body:
        if isinstance(node, Function) and is_public(node.name):
            yield node


def inherits_words(found: Found, method: str) -> bool:
    """Whether a parent in the package has this method with a docstring."""
    assert isinstance(found.node, ast.ClassDef)
    parents = [classes().get(n.rpartition(".")[2]) for n in ancestors(found.node)]
    return any(
        ast.get_docstring(node) is not None
        for parent in parents
        if parent is not None
        for node in public_methods(parent)
        if node.name == method
    )


def silent(path: Path) -> Iterator[str]:
    """The public things of a file that have no docstring."""
    if ast.get_docstring(tree_of(path)) is None:
        yield relative(path)
    for found in public_definitions(path):
        if ast.get_docstring(found.node) is None:
            yield str(found)
        if not isinstance(found.node, ast.ClassDef):
            continue
        for node in public_methods(found):
            known = node.name in KERAS_METHODS or inherits_words(found, node.name)
            setter = any(".setter" in ast.unparse(d) for d in node.decorator_list)
            if ast.get_docstring(node) is None and not known and not setter:
                yield f"{found}.{node.name}"


def parameters(node: Function) -> list[str]:
    """A function's parameters, without `self`, `cls`, private ones and stars."""
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [a.arg for a in every if a.arg not in ("self", "cls") and is_public(a.arg)]


def constructor(node: ast.ClassDef) -> list[str] | None:
    """What a class's constructor takes; `None` where the class has none of its own."""
    for item in node.body:
        if isinstance(item, Function) and item.name == "__init__":
            return parameters(item)
    if any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return [item.target.id for item in node.body if is_field(item)]  # type: ignore[attr-defined]
    return None


def is_field(item: ast.stmt) -> bool:
    return (
        isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and is_public(item.target.id)
        and "ClassVar" not in ast.unparse(item.annotation)
        and (item.value is None or "init=False" not in ast.unparse(item.value))
    )


def described(docstring: str) -> list[str] | None:
    """The names under `Args:`; `None` where there is no such section."""
    section = re.search(r"^Args:\n((?:    .*\n|\n)*)", docstring + "\n", re.MULTILINE)
    if section is None:
        return None
    lines = re.findall(r"^    (\*{0,2}\w+)(?: \(.*?\))?:", section[1], re.MULTILINE)
    return [name for name in lines if not name.startswith("*")]


def wrong_words(path: Path) -> Iterator[str]:
    """Docstrings of a file whose `Args:` do not fit the signature."""
    for found in public_definitions(path):
        if isinstance(found.node, ast.ClassDef):
            taken = constructor(found.node)
            if taken is not None:
                yield from mismatch(str(found), found.node, taken, needed=bool(taken))
            for node in public_methods(found):
                long = len(parameters(node)) > NEEDS_ARGS
                known = ast.get_docstring(node) is None or node.name in KERAS_METHODS
                yield from mismatch(
                    f"{found}.{node.name}", node, parameters(node), long and not known
                )
        else:
            taken = parameters(found.node)
            needed = len(taken) > NEEDS_ARGS
            yield from mismatch(str(found), found.node, taken, needed)


def mismatch(
    name: str, node: ast.ClassDef | Function, taken: list[str], needed: bool
) -> Iterator[str]:
    names = described(ast.get_docstring(node) or "")
    if names is None and needed:
        yield f"{name}: has no `Args:` for {taken}"
    if names is not None and names != taken:
        yield f"{name}: `Args:` names {names}, the signature {taken}"


@pytest.mark.parametrize("path", public_modules(), ids=relative)
def test_everything_public_has_a_docstring(path) -> None:
    assert list(silent(path)) == []


@pytest.mark.parametrize("path", public_modules(), ids=relative)
def test_described_arguments_are_those_of_the_signature(path) -> None:
    assert list(wrong_words(path)) == []


def with_examples() -> list[Path]:
    return [path for path in modules() if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", with_examples(), ids=relative)
def test_examples_in_docstrings_run(path) -> None:
    module = importlib.import_module(module_name(path))
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0


def test_a_wrong_name_under_args_is_found() -> None:
    source = (
        'def f(rows, units):\n    """Does.\n\n    Args:\n        row: It.\n    """\n'
    )
    node = ast.parse(source).body[0]
    assert isinstance(node, Function)
    assert list(mismatch("f", node, parameters(node), needed=False)) == [
        "f: `Args:` names ['row'], the signature ['rows', 'units']"
    ]
