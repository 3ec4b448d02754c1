"""Which inputs a step balances, and why it balances none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sensorium.errors import Problem
from sensorium.recipe.planning import comes_taught
from sensorium.recipe.roles import INPUT_BALANCE
from sensorium.schema.role import normal_form
from sensorium.training import Step

if TYPE_CHECKING:
    from sensorium.recipe.declaration import Recipe

FUSED = ("labels", "distillation")
"""Objectives of steps whose inputs are fused and learn together."""


def balance_problems(document: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """Lists every mistake in a stage's `input_balance`.

    Args:
        document: The stage's document.
        path: Where it stands.
    """
    given = document.get("input_balance", "auto")
    yield from INPUT_BALANCE.check(given, f"{path}.input_balance")


def beginners(recipe: Recipe, step: Step) -> tuple[str, ...]:
    """The inputs whose encoder learns in a step and was never taught before.

    Args:
        recipe: The document.
        step: One of its steps.
    """
    taught = {name for name, given in recipe.inputs.items() if comes_taught(given)}
    for earlier in recipe.steps():
        if earlier.name == step.name:
            break
        taught.update(earlier.learn)
    learn = [name for name in step.inputs if name in step.learn]
    return tuple(name for name in learn if name not in taught)


def why_not(recipe: Recipe, step: Step) -> str:
    """Why `auto` balances nothing in a step; empty where it does.

    Args:
        recipe: The document.
        step: One of its steps.
    """
    if recipe.fusion.get("type") == "late":
        return "late fusion trains each input by its own loss"
    losses = normal_form(getattr(step.stage, "balance", None) or "fixed")
    if losses is None or losses["type"] != "fixed":
        return "the stage balances its losses"
    if len(beginners(recipe, step)) < 2:
        return "fewer than two encoders begin to learn in it"
    return ""
