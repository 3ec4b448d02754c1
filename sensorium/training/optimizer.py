"""Optimizers and learning-rate schedules from a stage's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from sensorium.errors import Problem, RecipeError, near, sentence
from sensorium.training.stage import Stage

OPTIMIZERS = (
    "adam", "adamw", "sgd", "rmsprop", "adagrad", "adadelta", "adamax", "nadam",
    "ftrl", "lion", "lamb", "adafactor", "muon",
)  # fmt: skip


def build_optimizer(stage: Stage, steps: int) -> keras.optimizers.Optimizer:
    """Makes a new optimizer for a stage of `steps` steps.

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
        return kind.from_config({"learning_rate": schedule(stage, steps), **document})
    except (TypeError, ValueError) as error:
        raise RecipeError([Problem("optimizer", str(error))]) from error


def schedule(stage: Stage, steps: int) -> Any:
    """The learning rate of each step: a warm-up, then a cosine or nothing."""
    warm = int(stage.warmup * steps)
    if stage.schedule == "constant" and not warm:
        return stage.learning_rate
    falling = stage.schedule == "cosine"
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warm else stage.learning_rate,
        max(steps - warm, 1),
        alpha=0.0 if falling else 1.0,
        warmup_target=stage.learning_rate if warm else None,
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
