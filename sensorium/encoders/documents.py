"""The encoders that a recipe takes from files and earlier runs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sensorium.encoders.loading import load
from sensorium.errors import DataError, Problem, RecipeError
from sensorium.features import Feature
from sensorium.features.pretrained import Pretrained
from sensorium.nn.encoders.closed import check_closed
from sensorium.nn.encoders.loaded import Loaded
from sensorium.recipe import Recipe
from sensorium.recipe.roles import ENCODER
from sensorium.schema import arguments_of

_ROWS = 512
_NOT_COMPARED = ("type", "columns", "encoder")


def of_recipe(recipe: Recipe) -> dict[str, Any]:
    """Loads the encoders that a recipe takes from elsewhere, by input.

    One from an earlier run has the feature that it was taught with in `.feature`,
    fitted there, and bound to this recipe's columns; not fitted if it says `refit`.

    Args:
        recipe: The document; paths in it are seen from its folder.

    Raises:
        RecipeError: With every encoder that cannot be had, and why. What an artifact
            could not hold is refused now, not after training.
    """
    # Dropout inside takes its seed when it is made.
    keras.utils.set_random_seed(recipe.seed)
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, document in recipe.inputs.items():
        given = document.get("encoder")
        word = given.get("type") if isinstance(given, Mapping) else None
        if word not in _LOADERS:
            continue
        try:
            encoder = _LOADERS[word](recipe, name, ENCODER.build(given))
            if not given.get("trainable", True):
                encoder.trainable = False  # true would thaw what the file froze
            found[name] = encoder
        except RecipeError as error:
            problems.extend(error.problems)
        except (DataError, OSError, ImportError) as error:
            problems.append(Problem(f"inputs.{name}.encoder", str(error)))
    if problems:
        raise RecipeError(problems)
    return found


def check_values(loaded: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Warns (`ValuesWarning`) of inputs unlike those that an encoder was taught with.

    Args:
        loaded: What `of_recipe` gave.
        arrays: Training rows as the network takes them; the first few hundred count.
    """
    for name, encoder in loaded.items():
        if isinstance(encoder, Loaded) and name in arrays:
            values = np.asarray(arrays[name][:_ROWS])
            present = np.asarray(arrays.get(f"{name}/present", np.ones(len(values))))
            encoder.check_values(values[present[:_ROWS].astype(bool)])


def _saved(recipe: Recipe, name: str, given: Any) -> Any:
    encoder = load(
        _place(recipe.folder, given.path),
        given.at,
        name=name,
        pool=given.pool,
        batch_norm=given.batch_norm,
        pixels=given.pixels,
        weights=given.weights and _place(recipe.folder, given.weights),
    )
    if isinstance(encoder, Loaded):
        check_closed(encoder.model, f"encoder `{name}`")
    if encoder.feature is not None:
        _check_tokenizer(encoder.feature, recipe, name, given.path)
        encoder.feature = None  # it is fitted with the other features
    return encoder


def _check_tokenizer(own: Any, recipe: Recipe, name: str, path: str) -> None:
    """Refuses ids of another tokenizer than the encoder was taught with."""
    declared: Any = recipe.features()[name]
    tokens = getattr(declared, "tokens", None)
    if isinstance(tokens, Mapping):
        mine, other = (Pretrained.read(t["tokenizer"]) for t in (own.tokens, tokens))
        if mine == other:
            return
    text = "the encoder reads the ids of its own tokenizer. "
    text += f"Say `tokens: {{tokenizer: {path}}}` for this input."
    raise RecipeError([Problem(f"inputs.{name}.tokens", text)])


def _of_run(recipe: Recipe, name: str, given: Any) -> Any:
    encoder = load(_place(recipe.folder, given.path), given.input)
    declared = recipe.features()[name]
    taught = encoder.feature
    bound = _bound(taught, declared, name, recipe.inputs[name])
    if given.refit:
        bound = _unfitted(taught, declared)
        encoder.form = _form(taught)
    encoder.feature = bound
    return encoder


def check_refitted(loaded: Mapping[str, Any], fitted: Mapping[str, Feature]) -> None:
    """Refuses features that were fitted anew and give other values than were taught.

    Args:
        loaded: What `of_recipe` gave.
        fitted: The fitted feature of every input.

    Raises:
        RecipeError: Naming every one, and what it was and is.
    """
    problems = []
    for name, encoder in loaded.items():
        was = getattr(encoder, "form", None)
        now = None if was is None else _form(fitted[name])
        if was != now:
            text = f"fitted anew it gives {now}, but its encoder was taught with {was}."
            text += " Leave `refit` out."
            problems.append(Problem(f"inputs.{name}.encoder.refit", text))
    if problems:
        raise RecipeError(problems)


def _form(feature: Feature) -> str:
    """Shape and meaning of a row's values, in words."""
    sizes = [f"{k} {v}" for k, v in feature.encoder_arguments().items()]
    return ", ".join([f"rows of shape {feature.shape()}", *sizes])


def _unfitted(taught: Feature, declared: Feature) -> Feature:
    """A feature with the settings of one that was fitted, for other columns."""
    settings = {**arguments_of(taught, defaults=True), "columns": declared.columns}
    bound = type(taught)(**settings)
    bound.names_ = declared.names_
    return bound


def _bound(
    fitted: Feature, declared: Feature, name: str, document: Mapping[str, Any]
) -> Feature:
    """The fitted feature, reading the columns that this recipe says."""
    problems = list(_differences(fitted, declared, name, document))
    if problems:
        raise RecipeError(problems)
    bound = copy.copy(fitted)
    bound.columns, bound.names_ = declared.columns, declared.names_
    return bound


def _differences(
    fitted: Feature, declared: Feature, name: str, document: Mapping[str, Any]
) -> Any:
    path = f"inputs.{name}"
    if fitted.kind != declared.kind:
        text = f"the encoder was taught with a `{fitted.kind}`, not `{declared.kind}`."
        yield Problem(path, text)
        return
    if len(fitted.names_) != len(declared.names_):
        count = len(fitted.names_)
        text = f"the encoder was taught with {count} columns "
        text += f"({', '.join(fitted.names_)}). Name as many in `columns`."
        yield Problem(f"{path}.columns", text)
    for key, value in document.items():
        was = getattr(fitted, key, None)
        if key not in _NOT_COMPARED and _plain(was) != _plain(value):
            text = f"the encoder was taught with {was!r}. Leave this argument out."
            yield Problem(f"{path}.{key}", text)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _place(folder: Path, path: str) -> str | Path:
    """A path seen from the recipe's folder; what is no file there is a name."""
    place = folder / path
    looks_like_file = place.exists() or Path(path).suffix in (".keras", ".h5")
    return place if looks_like_file else path


_LOADERS = {"saved": _saved, "run": _of_run}
