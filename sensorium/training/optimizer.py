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
    document = {"type": given} if isinstance(given, str) else dict(given)
    word = str(document.pop("type", "adam"))
    config = {"learning_rate": schedule(stage, steps), **_plain(document)}
    if word.lower() not in OPTIMIZERS:
        text = sentence("", f"Keras has no optimizer `{word}`")
        problem = Problem("optimizer", f"{text} {near(word, OPTIMIZERS)}".strip())
        raise RecipeError([problem])
    try:
        return keras.optimizers.get({"class_name": word.lower(), "config": config})
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


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
