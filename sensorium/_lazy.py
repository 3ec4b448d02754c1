"""Names that are imported when they are first used (PEP 562)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy(names: Mapping[str, str]) -> Callable[[str], Any]:
    """Makes a module's `__getattr__` from a table name -> `module` or `module:name`."""

    def attribute(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"there is no public name {name!r} here")
        module, _, inner = names[name].partition(":")
        found = importlib.import_module(module)
        return getattr(found, inner) if inner else found

    return attribute
