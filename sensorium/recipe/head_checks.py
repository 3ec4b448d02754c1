"""Mistakes in the document of a head, of an output or a stage's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sensorium.errors import Problem
from sensorium.nn.heads import TARGETS
from sensorium.nn.heads.loss_words import KERAS_LOSSES, loss_problems
from sensorium.recipe.roles import DECODER, HEAD


def head_problems(document: Any, path: str) -> Iterator[Problem]:
    """Lists every mistake in the document of a head, its loss and decoder included.

    Args:
        document: A word, or a mapping with `type` and arguments.
        path: Where it stands.
    """
    found = HEAD.check(document, path)
    yield from found
    if not isinstance(document, Mapping):
        return
    target = TARGETS.get(str(document.get("type")))
    if target in KERAS_LOSSES and not found:
        for argument, text in loss_problems(str(target), document):
            yield Problem(f"{path}.{argument}", text)
    if document.get("decoder") is not None:
        yield from DECODER.check(document["decoder"], f"{path}.decoder")
