"""No call of the package can run code that came with data (law 8)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.sources import (
    Function,
    modules,
    relative,
    tracked_files,
    tree_of,
)

FORBIDDEN_MODULES = {
    "cloudpickle",
    "dill",
    "joblib",
    "marshal",
    "pickle",
    "shelve",
    "subprocess",
}
FORBIDDEN_CALLS = {
    "__import__",
    "compile",
    "eval",
    "exec",
    "os.popen",
    "os.system",
    "torch.load",
    "yaml.full_load",
    "yaml.load",
    "yaml.load_all",
    "yaml.unsafe_load",
}
FORBIDDEN_ENDINGS = {"load_model", "import_module"}

# A file that imports modules by name -> why the name cannot come from data.
BY_NAME = {
    "sensorium/_lazy.py": "tables in the package's own `__init__` files",
    "sensorium/cli/main.py": "the verbs that argparse lets pass",
    "sensorium/nn/parts.py": "the tables of roles",
    "sensorium/schema/role.py": "the tables of roles",
    "sensorium/engine/__init__.py": "Keras's name of the backend in use",
}
ALLOWED = {
    ("sensorium/_backend.py", "importlib.util"): "looks which backend is installed",
    (
        "sensorium/encoders/files.py",
        "load_model",
    ): "of a `.keras` file whose classes were looked through, in safe mode",
    ("sensorium/schema/parameters.py", "importlib.util"): "finds a class's source text",
    **{(file, "importlib"): reason for file, reason in BY_NAME.items()},
    **{(file, "import_module"): reason for file, reason in BY_NAME.items()},
}


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def bad_import(name: str) -> str | None:
    first, _, rest = name.partition(".")
    if first in FORBIDDEN_MODULES:
        return first
    if first == "importlib" and rest.partition(".")[0] not in ("metadata", "resources"):
        return ".".join(name.split(".")[:2])
    return None


def bad_call(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    if name in FORBIDDEN_CALLS or last in FORBIDDEN_ENDINGS:
        return last if last in FORBIDDEN_ENDINGS else name
    if name in ("np.load", "numpy.load") and not refuses_pickles(node):
        return name
    return None


def refuses_pickles(call: ast.Call) -> bool:
    given = {word.arg: word.value for word in call.keywords}
    value = given.get("allow_pickle")
    return isinstance(value, ast.Constant) and value.value is False


def dangers(tree: ast.Module) -> set[str]:
    """What a file does that could run code which came with data."""
    found: set[str | None] = set()
    for node in ast.walk(tree):
        found.update(bad_import(name) for name in imported(node))
        found.add(bad_call(node))
    return {name for name in found if name}


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_nothing_dangerous_is_used(path) -> None:
    found = {(relative(path), name) for name in dangers(tree_of(path))}
    assert found - set(ALLOWED) == set()


def test_every_exception_to_the_rule_is_still_used() -> None:
    used = {(relative(p), name) for p in modules() for name in dangers(tree_of(p))}
    assert set(ALLOWED) - used == set()


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "import importlib",
        "from importlib import util",
        "from importlib.util import find_spec",
        "from importlib import import_module",
        "eval('1')",
        "__import__('os')",
        "yaml.load(text, Loader=Loader)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "keras.saving.load_model(path)",
    ],
)
def test_the_lint_sees(source) -> None:
    assert dangers(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "np.load(path, allow_pickle=False)",
        "import importlib.metadata",
        "from importlib import resources",
        "re.compile('a')",
        "yaml.safe_load(text)",
        "model.compile()",
    ],
)
def test_the_lint_lets_pass(source) -> None:
    assert dangers(ast.parse(source)) == set()


def test_arguments_have_no_default_that_calls_share() -> None:
    shared = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, Function)
        for value in [*node.args.defaults, *node.args.kw_defaults]
        if isinstance(value, ast.List | ast.Dict | ast.Set)
    ]
    assert shared == []


# Written so that this file does not hold what it looks for.
OWN_MACHINE = re.compile(
    r"(?<![\w.])/(?:" + "|".join(["wor" + "k", "roo" + "t", "far" + "m"]) + r")/"
    r"|(?<![\w.])/(?:home|Users)/\w+/|\b[A-Z]:\\Users\\"
    r"|/tm"
    r"p/\w|\bpypi\.org/simple"
)


def test_no_tracked_file_names_a_machine() -> None:
    found = [
        f"{relative(path)}:{number} {line.strip()[:80]}"
        for path in tracked_files()
        if path.suffix in {"", ".cfg", ".md", ".py", ".sh", ".toml", ".txt", ".yaml"}
        for number, line in enumerate(text_lines(path), start=1)
        if OWN_MACHINE.search(line)
    ]
    assert found == []


def text_lines(path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()
