"""Optimizers and learning-rate schedules from a stage's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import keras

from sensorium.errors import Problem, RecipeError, near, sentence
from sensorium.training.optimizer_documents import (
    OPTIMIZERS,
    averages_by_default,
    is_by_part,
    optimizer_of,
)
from sensorium.training.stage import Stage

Owners = Mapping[int, tuple[str, str]]
"""Part and group (`encoders`, `heads` or empty) by a variable's `id`."""


def build_optimizers(
    stage: Stage,
    steps: int,
    rates: Mapping[int, float],
    owners: Owners = MappingProxyType({}),
) -> keras.optimizers.Optimizer:
    """Makes an optimizer for a stage of `steps` steps with a rate for each variable.

    Args:
        stage: The stage.
        steps: How many steps it has.
        rates: Peak learning rate by a variable's `id`.
        owners: Part and group by a variable's `id`, for optimizers by part.

    Raises:
        RecipeError: As `build_optimizer`; or if an optimizer has a rate of its own
            and its variables have several.
    """
    if is_by_part(stage.optimizer):
        return _by_part(stage, steps, rates, owners)
    distinct = sorted(set(rates.values()))
    if len(distinct) <= 1:
        return build_optimizer(stage, steps, *distinct)
    if _has_own_rate(stage.optimizer):
        raise RecipeError([_several_rates("optimizer")])
    by_rate = {rate: build_optimizer(stage, steps, rate) for rate in distinct}
    return keras.optimizers.MultiOptimizer(_ByVariable(by_rate, rates))


def _by_part(
    stage: Stage, steps: int, rates: Mapping[int, float], owners: Owners
) -> keras.optimizers.Optimizer:
    """One optimizer for all variables of one document and rate."""
    documents: list[Any] = []
    made: dict[tuple[int, float | None], Any] = {}
    keys: dict[int, tuple[int, float | None]] = {}
    for variable, (part, group) in owners.items():
        document = optimizer_of(stage.optimizer, part, group)
        places = [place for place, one in enumerate(documents) if one == document]
        place = places[0] if places else len(documents)
        documents += [] if places else [document]
        rate = stage.rates([part], {part: group})[part]
        keys[variable] = key = (place, rates.get(variable, rate))
        if key in made:
            continue
        if _has_own_rate(document) and place in {used for used, _ in made}:
            raise RecipeError([_several_rates(f"optimizer.{part}")])
        made[key] = build_optimizer(stage.plain(optimizer=document), steps, key[1])
        made[key].takes_averages = averages_by_default(document)
    return keras.optimizers.MultiOptimizer(_ByVariable(made, keys))


def _several_rates(path: str) -> Problem:
    text = "has one learning rate of its own, but parts are given several."
    fix = "Name it by a word, e.g. `adam`, or take its `learning_rate` out."
    return Problem(path, f"{text} {fix}")


def _has_own_rate(given: Any) -> bool:
    if isinstance(given, Mapping):
        return given.get("learning_rate") is not None
    return isinstance(given, keras.optimizers.Optimizer)


class _ByVariable:
    """The optimizer of a variable, in the form that Keras takes."""

    def __init__(self, made: Mapping[Any, Any], keys: Mapping[int, Any]):
        self.made = made
        self.keys = keys

    def __call__(self, variable: Any) -> Any:
        return self.made[self.keys[id(variable)]]

    def values(self) -> Collection[Any]:
        # By this Keras knows them before it has seen a variable.
        return self.made.values()


def single_optimizers(optimizer: Any) -> list[Any]:
    """The optimizers that do the work, inside those that scale losses or share out."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if isinstance(inner, keras.optimizers.MultiOptimizer):
        return list(inner.optimizers)
    return [inner]


def build_optimizer(
    stage: Stage, steps: int, rate: float | None = None
) -> keras.optimizers.Optimizer:
    """Makes a new optimizer for a stage of `steps` steps.

    Args:
        stage: The stage.
        steps: How many steps it has.
        rate: Peak learning rate; `None` takes the stage's, or that of its `others`.

    Raises:
        RecipeError: If Keras knows no such optimizer or refuses its arguments.
    """
    given = stage.optimizer
    if isinstance(given, keras.optimizers.Optimizer):
        return keras.optimizers.deserialize(keras.optimizers.serialize(given))
    document = _document(given)
    word = str(document.pop("type", "adam"))
    kind = _class_of(word)
    _refuse_texts(document)
    try:
        rates = {"learning_rate": schedule(stage, steps, rate)}
        return kind.from_config({**rates, **document})
    except (TypeError, ValueError) as error:
        raise RecipeError([Problem("optimizer", str(error))]) from error


def schedule(stage: Stage, steps: int, rate: float | None = None) -> Any:
    """The learning rate of each step: a warm-up, then a cosine or nothing.

    Args:
        stage: The stage.
        steps: How many steps it has.
        rate: Peak learning rate; `None` takes the stage's, or that of its `others`.
    """
    peak = stage.rates(["others"])["others"] if rate is None else rate
    warm = int(stage.warmup * steps)
    if stage.schedule == "constant" and not warm:
        return peak
    falling = stage.schedule == "cosine"
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warm else peak,
        max(steps - warm, 1),
        alpha=0.0 if falling else 1.0,
        warmup_target=peak if warm else None,
        warmup_steps=warm,
    )


def _class_of(word: str) -> Any:
    if word.lower() in OPTIMIZERS:
        known = {name.lower(): item for name, item in vars(keras.optimizers).items()}
        return known[word.lower()]
    registered = keras.saving.get_registered_object(word)
    if registered is None:
        text = sentence("", f"Keras has no optimizer `{word}`")
        problem = Problem("optimizer", f"{text} {near(word, OPTIMIZERS)}".strip())
        raise RecipeError([problem])
    return registered


def _document(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        return {"type": given}
    if isinstance(given, Mapping):
        return {name: value for name, value in given.items() if value is not None}
    text = "expected the name of an optimizer, or a mapping with `type`"
    raise RecipeError([Problem("optimizer", sentence("", text, given))])


def _refuse_texts(document: Mapping[str, Any]) -> None:
    # Keras would find out in the first step, by an error of the backend.
    problems = [
        Problem(f"optimizer.{name}", sentence("", "expected a number", value))
        for name, value in document.items()
        if isinstance(value, str) and name != "name"
    ]
    if problems:
        raise RecipeError(problems)
