"""Heads that serve one step and are thrown away after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sensorium.errors import Problem, RecipeError
from sensorium.pipeline.prepare import Prepared
from sensorium.recipe import Recipe
from sensorium.recipe.build import build_head, policy
from sensorium.recipe.planning import copied_heads, label_names
from sensorium.training.step import Step


def disposable_heads(
    recipe: Recipe, step: Step, prepared: Prepared, held: Collection[str]
) -> dict[str, tuple[str | None, Any]]:
    """The disposable heads of a step: name -> its label, if it has one, and the head.

    These are the heads that the step names, and copies of outputs whose labels its
    tables have.

    Args:
        recipe: The document.
        step: The step.
        prepared: The fitted features.
        held: The labels that the step's tables have.

    Raises:
        RecipeError: If no table has labels for a head that the step names.
    """
    names = label_names(step)
    found = {}
    for name, document in step.heads.items():
        label = names.get(name)
        if label is not None and label not in held:
            text = f"no table of this stage has labels for its head `{name}`."
            raise RecipeError([Problem(f"stage `{step.name}`", text)])
        found[name] = (label, _head(recipe, name, label, document, prepared))
    for name, (output, document) in copied_heads(recipe, step).items():
        label = output if output in prepared.labels else None  # or it is an input
        if label is None or label in held:
            found[name] = (label, _head(recipe, name, label, document, prepared))
    return found


def made_of(model: Any) -> set[str]:
    """Inputs that heads of a step's model make their labels of."""
    heads = getattr(model, "heads", {}).values()
    return {head.of for head in heads if head.of is not None}


def _head(
    recipe: Recipe,
    name: str,
    label: str | None,
    document: Mapping[str, Any],
    prepared: Prepared,
) -> Any:
    target = None if label is None else prepared.labels[label]
    with policy(recipe.precision):
        head = build_head(document, target, prepared.features)
    return type(head).from_config({**head.get_config(), "name": name})
