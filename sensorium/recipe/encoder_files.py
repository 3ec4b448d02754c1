"""What can be known of the files that encoders come from, without Keras."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sensorium.errors import DataError, Problem, listing, near, sentence

ARTIFACT = "model.sensorium"
MAX_CONFIG = 64 * 2**20
_HDF5 = (".h5", ".hdf5", ".hdf")
_OUTPUT = "output"

VOCABULARIES = ("category", "flags", "text")
"""Kinds of inputs whose fitted words an encoder has weights for."""


def encoder_problems(inputs: Mapping[str, Any], folder: Path) -> Iterator[Problem]:
    """Names the files and layers that encoders from elsewhere will not find.

    Args:
        inputs: The documents of a recipe's inputs.
        folder: The recipe's folder, from which paths are seen.
    """
    for name, document in inputs.items():
        tokenizer = tokenizer_of(document)
        if tokenizer is not None and not (folder / tokenizer).exists():
            text = sentence(str(folder / tokenizer), "there is no such tokenizer")
            yield Problem(f"inputs.{name}.tokens", text)
        encoder = document.get("encoder") if isinstance(document, Mapping) else None
        if not isinstance(encoder, Mapping) or encoder.get("type") not in _CHECKS:
            continue
        try:
            _CHECKS[encoder["type"]](folder, encoder)
        except DataError as error:
            yield Problem(f"inputs.{name}.encoder", str(error))


def refit_problems(
    inputs: Mapping[str, Any], fit: Mapping[str, Any]
) -> Iterator[Problem]:
    """Features of earlier runs that cannot be fitted anew, or are not said to be.

    Args:
        inputs: The documents of a recipe's inputs.
        fit: The tables that inputs are to be fitted on, by name.
    """
    for name, document in inputs.items():
        given = document.get("encoder") if isinstance(document, Mapping) else None
        if not isinstance(given, Mapping) or given.get("type") != "run":
            continue
        if given.get("refit") is True and document.get("type") in VOCABULARIES:
            text = f"the vocabulary of a `{document['type']}` cannot be fitted anew: "
            text += "the encoder's weights are bound to its words. Leave `refit` out."
            yield Problem(f"inputs.{name}.encoder.refit", text)
        elif name in fit and not given.get("refit"):
            text = f"the encoder of `{name}` brings its feature as its run fitted it. "
            text += "Say `refit: true` in `encoder` to fit it anew, or take this out."
            yield Problem(f"fit.{name}", text)


def tokenizer_of(document: Any) -> str | None:
    """The path of the tokenizer in an input's document, if one is named."""
    tokens = document.get("tokens") if isinstance(document, Mapping) else None
    return tokens.get("tokenizer") if isinstance(tokens, Mapping) else None


def with_tokenizer(document: Any, path: str) -> Any:
    """An input's document with another path of its tokenizer, if it names one."""
    if tokenizer_of(document) is None:
        return document
    return {**document, "tokens": {"tokenizer": path}}


def placed(document: Any, folder: Path) -> Any:
    """An input's document with the tokenizer's path as the program sees it."""
    tokenizer = tokenizer_of(document)
    return with_tokenizer(document, str(folder / tokenizer)) if tokenizer else document


def find_file(path: Path) -> Path:
    """A `.keras` file that is there and is no other format.

    Raises:
        DataError: If it is missing, with the nearest name, or of a refused format.
    """
    if not path.is_file():
        parent = path.parent
        names = [item.name for item in parent.iterdir()] if parent.is_dir() else []
        fix = near(path.name, names)
        raise DataError(sentence(str(path), "there is no such file", fix=fix))
    name = path.name
    if name.endswith(".weights.h5"):
        text = "holds weights without the model that they belong to"
        fix = f"Build the model, `model.load_weights({name!r})`, then load the model."
        raise DataError(sentence(str(path), text, fix=fix))
    if path.suffix.lower() in _HDF5:
        new = f"{path.stem}.keras"
        text = "HDF5 files can hold code and are not read"
        fix = f"Convert it once: `keras.saving.load_model({name!r}).save({new!r})`."
        raise DataError(sentence(str(path), text, fix=fix))
    return path


def read_config(path: Path) -> dict[str, Any]:
    """Reads the description inside a `.keras` file.

    Raises:
        DataError: If the file is no zip, or holds no description.
    """
    document = _from_zip(path, "config.json")
    if not isinstance(document, dict):
        fix = "Save the model with `model.save('NAME.keras')`."
        raise DataError(sentence(str(path), "is no `.keras` file", fix=fix))
    return document


def layer_paths(document: Any, prefix: str = "") -> Iterator[str]:
    """The paths of the layers in a model's description, e.g. `block/conv`."""
    config = document.get("config") if isinstance(document, Mapping) else None
    layers = config.get("layers") if isinstance(config, Mapping) else None
    for layer in layers if isinstance(layers, list) else []:
        inner = layer.get("config") if isinstance(layer, Mapping) else None
        name = inner.get("name") if isinstance(inner, Mapping) else None
        if isinstance(name, str) and layer.get("class_name") != "InputLayer":
            yield f"{prefix}{name}"
            yield from layer_paths(layer, f"{prefix}{name}/")


def _saved(folder: Path, encoder: Mapping[str, Any]) -> None:
    given, at = encoder["path"], encoder.get("at")
    path = folder / given
    if path.is_dir() or not (path.exists() or path.suffix):
        return  # a run, a checkpoint, or a name that only Keras knows
    if given.startswith("hub:"):
        return
    paths = list(layer_paths(read_config(find_file(path))))
    name = str(at).partition(":")[0]
    known = {part for p in paths for part in (p, p.rpartition("/")[2])}
    ends = any(p.endswith(f"/{name}") for p in paths)
    if at is None or not paths or ends or name in (*known, _OUTPUT):
        return
    text = f"the model has no layer `{at}`"
    fix = near(name, known) or f"Layers: {listing([f'`{p}`' for p in paths], 20)}."
    raise DataError(sentence(str(path), text, fix=fix))


def _run(folder: Path, encoder: Mapping[str, Any]) -> None:
    path, name = folder / encoder["path"], encoder.get("input")
    file = path / ARTIFACT if path.is_dir() else path
    if not file.is_file():
        text = "there is no finished run"
        fix = "Train it first, with `sensorium train RECIPE -o RUN`."
        raise DataError(sentence(str(path), text, fix=fix))
    recipe = _from_zip(file, "recipe.json")
    inputs = recipe.get("inputs") if isinstance(recipe, dict) else None
    names = [str(item[0]) for item in inputs or [] if isinstance(item, list) and item]
    if name in names or (name is None and len(names) == 1):
        return
    known = f"Name one with `input`: {listing([f'`{n}`' for n in names], 12)}."
    text = f"the run has no input `{name}`" if name else "the run has several inputs"
    raise DataError(sentence(str(path), text, fix=near(name or "", names) or known))


def _from_zip(path: Path, member: str) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(member).file_size > MAX_CONFIG:
                raise DataError(sentence(str(path), "its description is too large"))
            return json.loads(archive.read(member))
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        if isinstance(error, DataError):
            raise
        return None


_CHECKS = {"saved": _saved, "run": _run}
