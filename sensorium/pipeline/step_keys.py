"""What each step of a recipe follows from, as a key."""

from __future__ import annotations

from typing import Any

import keras

from sensorium import __version__
from sensorium.data.store import cache_key
from sensorium.network import Network
from sensorium.pipeline.prepare import Prepared
from sensorium.recipe import Recipe
from sensorium.recipe.planning import label_names
from sensorium.schema import arguments_of
from sensorium.training.freezing import weights_digest
from sensorium.training.step import Step


def step_keys(recipe: Recipe, prepared: Prepared, network: Network) -> list[str]:
    """A key for every step: equal keys lead to equal weights.

    A key is made of the step before, the step's settings, the documents of the parts
    that it computes, its rows and the recipe's seed. What is changed after a step does
    not count for it, nor do fusion and outputs for a step that does not use them.

    Args:
        recipe: The document.
        prepared: Its encoded rows.
        network: Its network with the weights that it begins with.
    """
    first = {name: weights_digest(part) for name, part in network.encoders.items()}
    keys: list[str] = []
    before = cache_key(_settings(recipe))
    for step in recipe.steps():
        parts, rows = _parts(recipe, step), _rows(recipe, prepared, step)
        weights = [first[name] for name in step.inputs]  # those from a file, too
        before = cache_key([before, _of_step(step), parts, weights, rows])
        keys.append(before)
    return keys


def _settings(recipe: Recipe) -> list[Any]:
    versions = [__version__, keras.__version__, keras.backend.backend()]
    return [*versions, recipe.seed, recipe.precision]


def _of_step(step: Step) -> list[Any]:
    stage = {k: repr(v) for k, v in arguments_of(step.stage, defaults=True).items()}
    more = [step.name, list(step.inputs), sorted(step.learn), list(step.outputs)]
    disposable = [repr(sorted(step.heads.items())), list(step.copied)]
    how = [step.objective, step.alpha, step.units, repr(step.groups), step.decay]
    how += [step.folds] if step.folds else []
    how += [repr(sorted(step.game.items()))] if step.game else []
    return [stage, *more, *disposable, *how]


def _parts(recipe: Recipe, step: Step) -> list[Any]:
    inputs = [repr(recipe.inputs[name]) for name in step.inputs]
    copied = [repr(recipe.outputs[name]) for name in step.copied]
    if not step.outputs:
        return [inputs, copied]
    outputs = [repr(recipe.outputs[name]) for name in step.outputs]
    joining = [repr(recipe.fusion), repr(recipe.trunk), repr(recipe.modality_dropout)]
    return [inputs, copied, outputs, *joining]


def _rows(recipe: Recipe, prepared: Prepared, step: Step) -> list[Any]:
    names = [*step.inputs, *label_names(step).values(), *step.copied]
    tables = [prepared.keys.get(table or "", "") for table in step.tables]
    if step.objective == "folds":  # they are dealt by the rules of the splits
        tables += [repr(recipe.split), repr(recipe.tables)]
    return [tables, [prepared.state_key(name) for name in names]]
