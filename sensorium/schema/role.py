"""A role: the classes a document may name in one place, by the words it uses."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sensorium.errors import Problem, RecipeError, listing, near
from sensorium.schema.declared import arguments_of
from sensorium.schema.parameters import (
    Parameter,
    check_arguments,
    parameters_from_source,
    parameters_of,
)


@dataclass(frozen=True)
class Role:
    """Checks and builds the components of one role.

    Args:
        name: What messages call a member, e.g. `fusion`.
        table: The role's dict, word -> `module:Class`.
        foreign: Finds a class of the user's own by a name with `>` or a dot in it, or
            returns `None`; without it only the table's words are known.
    """

    name: str
    table: Mapping[str, str]
    foreign: Callable[[str], type | None] | None = field(default=None, compare=False)

    def load(self, word: str) -> type:
        """Imports the class that a word stands for.

        Raises:
            RecipeError: If the word is not known.
        """
        reference = self.table.get(word)
        if reference is None:
            found = self.foreign(word) if self.foreign else None
            if found is None:
                raise RecipeError([Problem("type", self._unknown(word))])
            return found
        module, _, name = reference.partition(":")
        cls: type = getattr(importlib.import_module(module), name)
        return cls

    def word(self, component: object) -> str:
        """The word that a document uses for a component's class."""
        cls = type(component)
        for word, reference in self.table.items():
            if reference == f"{cls.__module__}:{cls.__qualname__}":
                return word
        return f"{cls.__module__}.{cls.__qualname__}"

    def parameters(self, word: str) -> Mapping[str, Parameter]:
        """The arguments of the class behind a word, without importing it."""
        if word in self.table:
            return parameters_from_source(self.table[word])
        return parameters_of(self.load(word))

    def check(self, document: Any, path: str) -> list[Problem]:
        """Lists every mistake in the document of one component.

        Args:
            document: A word, or a mapping with `type` and arguments.
            path: Where it stands, for the messages.
        """
        normal = normal_form(document)
        if normal is None or not isinstance(normal.get("type"), str):
            text = f"expected the name of a {self.name} or a mapping with `type`."
            return [Problem(path, f"{text} Known: {listing(list(self.table), 12)}.")]
        word = normal.pop("type")
        if word not in self.table and (self.foreign is None or not self._own(word)):
            return [Problem(f"{path}.type", self._unknown(word))]
        _, problems = check_arguments(word, self.parameters(word), normal)
        return [Problem(f"{path}.{item.path}", item.message) for item in problems]

    def build(self, document: Any, **extra: Any) -> Any:
        """Makes the component that a checked document describes.

        Args:
            document: A word, or a mapping with `type` and arguments.
            **extra: Further arguments, e.g. `name` of a layer, or sizes taken from
                data; the document's own arguments win.
        """
        normal = normal_form(document)
        if normal is None:
            raise RecipeError([Problem("", f"expected the document of a {self.name}.")])
        cls = self.load(normal.pop("type"))
        return cls(**{**extra, **normal})

    def document(self, component: object) -> dict[str, Any]:
        """The document that builds an equal component; defaults are left out."""
        return {"type": self.word(component), **arguments_of(component)}

    def _own(self, word: str) -> bool:
        return self.foreign is not None and self.foreign(word) is not None

    def _unknown(self, word: str) -> str:
        known = listing([f"`{known}`" for known in self.table], limit=20)
        hint = near(word, self.table)
        return f"there is no {self.name} `{word}`. {hint or f'Known: {known}.'}"


def normal_form(document: Any) -> dict[str, Any] | None:
    """A component's document with `type`; a bare word stands for its defaults."""
    if isinstance(document, str):
        return {"type": document}
    return dict(document) if isinstance(document, Mapping) else None
