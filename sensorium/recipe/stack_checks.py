"""Stages that stack a late fusion, and late fusions that are to be stacked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensorium.errors import Problem
from sensorium.recipe.planning import is_stacked


def stack_problems(
    documents: Sequence[Mapping[str, Any]], fusion: Any
) -> Iterator[Problem]:
    """Lists where fusion and stages do not fit together.

    Args:
        documents: The stages' documents, each with a type.
        fusion: The fusion's document.
    """
    stacks = [i for i, item in enumerate(documents) if item["type"] == "stack"]
    if is_stacked(fusion) and documents and not stacks:
        text = "no stage learns the weights of `stacking`. Add `- {type: stack}` at "
        text += "the end of `stages`, or take `stages` out."
        yield Problem("fusion.mode", text)
    for index in stacks:
        path, document = f"stages.{index}", documents[index]
        if not is_stacked(fusion):
            text = "`stack` learns how late fusion weighs its inputs. Set "
            yield Problem(path, text + "`fusion: {type: late, mode: stacking}`.")
        if document.get("monitor", "total") not in ("total", "scaled"):
            text = "`stack` trains each input's part of an output by itself. Monitor "
            yield Problem(f"{path}.monitor", text + "`total` or `scaled`.")
        if document.get("adversarial"):
            text = "`stack` has no vector of all inputs that it could work on. "
            fix = "Put it into a stage before."
            yield Problem(f"{path}.adversarial", text + fix)
        if document.get("folds") == 1:
            text = "one fold leaves no rows to learn from. Give at least 2."
            yield Problem(f"{path}.folds", text)
        if "fusion" in (document.get("freeze") or ()):
            text = "`stack` learns weights of the fusion. Take `fusion` out."
            yield Problem(f"{path}.freeze", text)
