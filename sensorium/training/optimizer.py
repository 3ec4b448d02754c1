"""Optimizers and learning-rate schedules from a stage's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import keras

from sensorium.errors import Problem, RecipeError, near, sentence
from sensorium.training.stage import Stage

OPTIMIZERS = (
    "adam", "adamw", "sgd", "rmsprop", "adagrad", "adadelta", "adamax", "nadam",
    "ftrl", "lion", "lamb", "adafactor", "muon",
)  # fmt: skip


def build_optimizers(
    stage: Stage, steps: int, rates: Mapping[int, float]
) -> keras.optimizers.Optimizer:
    """Makes an optimizer for a stage of `steps` steps with a rate for each variable.

    Args:
        stage: The stage.
        steps: How many steps it has.
        rates: Peak learning rate by a variable's `id`.

    Raises:
        RecipeError: As `build_optimizer`; or if the optimizer has a rate of its own
            and the variables have several.
    """
    distinct = sorted(set(rates.values()))
    if len(distinct) <= 1:
        return build_optimizer(stage, steps, *distinct)
    if _has_own_rate(stage.optimizer):
        text = "has one learning rate of its own, but parts are given several."
        fix = "Name it by a word, e.g. `adam`, or take its `learning_rate` out."
        raise RecipeError([Problem("optimizer", f"{text} {fix}")])
    by_rate = {rate: build_optimizer(stage, steps, rate) for rate in distinct}
    return keras.optimizers.MultiOptimizer(_ByRate(by_rate, rates))


def _has_own_rate(given: Any) -> bool:
    if isinstance(given, Mapping):
        return given.get("learning_rate") is not None
    return isinstance(given, keras.optimizers.Optimizer)


class _ByRate:
    """The optimizer of a variable, in the form that Keras takes."""

    def __init__(self, by_rate: Mapping[float, Any], rates: Mapping[int, float]):
        self.by_rate = by_rate
        self.rates = rates

    def __call__(self, variable: Any) -> Any:
        return self.by_rate[self.rates[id(variable)]]

    def values(self) -> Collection[Any]:
        # By this Keras knows them before it has seen a variable.
        return self.by_rate.values()


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
