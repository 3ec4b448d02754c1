"""The public names: `python -m tests.house.api > tests/house/api.txt` writes them."""

from __future__ import annotations

from pathlib import Path

from tests.house.sources import (
    PACKAGE,
    definitions,
    is_public,
    literal,
    module_name,
    modules,
    tree_of,
)

GOLDEN = Path(__file__).parent / "api.txt"


def faces() -> list[Path]:
    """Where users import from: the package, its rooms and its top-level modules."""
    return [
        path
        for path in modules()
        if is_public(module_name(path))
        and (path.name == "__init__.py" or path.parent == PACKAGE)
    ]


def public_names() -> list[str]:
    """Every public name with its module, sorted."""
    found: set[str] = set()
    for path in faces():
        names = literal(tree_of(path), "__all__")
        if names is None:
            names = [item.name for item in definitions(path) if is_public(item.name)]
        found.update(f"{module_name(path)}.{name}" for name in names)  # type: ignore[attr-defined]
    return sorted(found)


if __name__ == "__main__":
    print("\n".join(public_names()))  # noqa: T201  # a command of its own
