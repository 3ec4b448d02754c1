"""The tests stand where the code stands: one test file for each file."""

from __future__ import annotations

import pytest

from tests.house.sources import PACKAGE, PROJECT, modules, relative

# Tests that look at the whole, by what they are: no file stands behind them.
BY_NATURE = {
    "contract",
    "property",
    "golden",
    "errors",
    "workflows",
    "house",
    "artifacts",
    "examples",
    "benchmarks",
}


def expected_test(path):
    inside = path.relative_to(PACKAGE)
    return PROJECT / "tests" / inside.parent / f"test_{inside.stem.lstrip('_')}.py"


def mirrored_modules():
    return [path for path in modules() if not path.stem.startswith("__")]


@pytest.mark.parametrize("path", mirrored_modules(), ids=relative)
def test_every_module_has_its_tests(path) -> None:
    expected = expected_test(path)
    assert expected.is_file(), f"{relative(path)} needs {relative(expected)}"


def test_every_test_file_has_its_module() -> None:
    stems = {expected_test(path).with_suffix("") for path in mirrored_modules()}
    orphans = [
        relative(path)
        for path in (PROJECT / "tests").rglob("test_*.py")
        if path.relative_to(PROJECT / "tests").parts[0] not in BY_NATURE
        and not any(
            path.stem == stem.name or path.stem.startswith(f"{stem.name}_")
            for stem in stems
            if stem.parent == path.parent
        )
    ]
    assert orphans == []
