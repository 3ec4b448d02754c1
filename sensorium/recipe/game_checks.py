"""Stages that teach an encoder by a game which cannot be played."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensorium.errors import Problem, listing

SMALLEST = 8
"""Fewest pixels of a picture's side, as of `games.GAN`."""

_NAME = re.compile(r"[\w(][\w ().,+-]{0,99}")


def game_problems(
    documents: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
) -> Iterator[Problem]:
    """Lists inputs that are no pictures or too small, and names that no file can have.

    Args:
        documents: The stages' documents, each with a type.
        inputs: The inputs' documents.
    """
    for index, document in enumerate(documents):
        if document["type"] != "game":
            continue
        path, name = f"stages.{index}", document.get("input")
        if isinstance(name, str) and name in inputs:
            yield from _input_problems(name, inputs, f"{path}.input")
        word = document.get("name")
        if isinstance(word, str) and not _NAME.fullmatch(word):
            text = f"a game's files are called after it, and no file is called {word!r}"
            fix = "Take letters, digits, spaces and `-_.,+()`."
            yield Problem(f"{path}.name", f"{text}. {fix}")


def _input_problems(
    name: str, inputs: Mapping[str, Any], path: str
) -> Iterator[Problem]:
    kinds = {n: _kind(document) for n, document in inputs.items()}
    if kinds[name] != "image":
        known = [f"`{n}`" for n, kind in kinds.items() if kind == "image"]
        text = f"`{name}` is a {kinds[name]} input, and a game makes pictures. "
        fix = f"Inputs that are images: {listing(known)}." if known else ""
        yield Problem(path, text + (fix or "The recipe has no image."))
        return
    document = inputs[name]
    size = document.get("size") if isinstance(document, Mapping) else None
    sides = size if isinstance(size, (list, tuple)) else ()
    if any(isinstance(side, int) and side < SMALLEST for side in sides):
        text = f"pictures of `{name}` are {' x '.join(str(side) for side in sides)} "
        text += f"pixels, and a game needs at least {SMALLEST} on each side. "
        yield Problem(path, f"{text}Change `inputs.{name}.size`.")


def _kind(document: Any) -> Any:
    return document.get("type") if isinstance(document, Mapping) else document
