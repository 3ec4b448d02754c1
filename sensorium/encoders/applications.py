"""Models of `keras.applications` by name, with what they do to pixels inside."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np

from sensorium.errors import DataError, listing, near, sentence

PREFIX = "applications/"


def is_application(name: str) -> bool:
    """Whether a text names a model of `keras.applications`, or means to."""
    return name.startswith(PREFIX) or name in names()


def names() -> list[str]:
    """The names of all models of `keras.applications`."""
    return sorted(
        name for name in vars(keras.applications) if name[0].isupper() and _home(name)
    )


def application(
    name: str,
    weights: str | Path | None = None,
    input_shape: Sequence[int | None] | None = None,
) -> Any:
    """Builds a model without its classes, for raw pixels from 0 to 255.

    Nothing is downloaded.

    Args:
        name: Such as `MobileNetV2`, with or without `applications/`.
        weights: A file of weights, of the model with or without its classes; random
            ones if left out.
        input_shape: Height, width and 3; any size if left out.

    Raises:
        DataError: If there is no such model, or the weights are not its own.
    """
    word = name.removeprefix(PREFIX)
    known = names()
    if word not in known:
        fix = near(word, known) or f"Known: {listing(known, 50)}."
        text = f"there is no model `{word}` in `keras.applications`"
        raise DataError(sentence("", text, fix=fix))
    model = _built(word, weights, input_shape)
    pixels = keras.Input(model.inputs[0].shape[1:], name="pixels")
    prepared = _prepared(pixels, _home(word))
    return keras.Model(pixels, model(prepared), name=word.lower())


def pixel_rule(module: Any) -> tuple[bool, np.ndarray, np.ndarray]:
    """What a module's `preprocess_input` does to a pixel, found by trying it.

    Returns:
        Whether it turns the channels round, then each channel's factor and summand.
    """
    tries = np.concatenate([np.zeros((1, 3)), np.eye(3)]).reshape(1, 4, 1, 3)
    found = module.preprocess_input(tries.copy(), data_format="channels_last")
    zero, *ones = np.asarray(found, "float64").reshape(4, 3)
    matrix = np.stack([one - zero for one in ones])
    turned = bool(abs(matrix[0, 0]) < abs(matrix[0, 2]))
    factors = np.diag(matrix[::-1] if turned else matrix)
    return turned, factors, zero


def _prepared(pixels: Any, module: Any) -> Any:
    turned, factors, summands = pixel_rule(module)
    if turned:
        pixels = keras.ops.flip(pixels, axis=-1)
    if np.ptp(factors) < 1e-9 and np.ptp(summands) < 1e-9:
        if abs(factors[0] - 1) < 1e-9 and abs(summands[0]) < 1e-9:
            return pixels  # the model scales them itself
        return keras.layers.Rescaling(float(factors[0]), float(summands[0]))(pixels)
    if np.ptp(factors) < 1e-9:
        return keras.layers.Rescaling(float(factors[0]), summands.tolist())(pixels)
    deviations = 1 / (255 * factors)
    pixels = keras.layers.Rescaling(1 / 255)(pixels)
    return keras.layers.Normalization(
        mean=(-summands * deviations).tolist(), variance=(deviations**2).tolist()
    )(pixels)


def _built(word: str, weights: str | Path | None, shape: Any) -> Any:
    make = getattr(keras.applications, word)
    size = None if shape is None else tuple(shape)
    if weights is None:
        return make(include_top=False, weights=None, input_shape=size)
    path = Path(weights)
    if not path.is_file():
        folder = path.parent
        files = [item.name for item in folder.iterdir()] if folder.is_dir() else []
        fix = near(path.name, files) or "Weights are not downloaded: save them first."
        raise DataError(
            sentence(str(path), "there is no such file of weights", fix=fix)
        )
    return _with_weights(make, path, size)


def _with_weights(make: Any, path: Path, size: Any) -> Any:
    bare = make(include_top=False, weights=None, input_shape=size)
    try:
        with strictly():
            bare.load_weights(path)
        return bare
    except (OSError, ValueError, LookupError, UserWarning) as error:
        reason = error
    # Perhaps they are those of the model with its 1000 classes.
    try:
        whole = make(include_top=True, weights=None)
        with strictly():
            whole.load_weights(path)
    except (OSError, ValueError, LookupError, UserWarning):
        text = "these are not the weights of this model"
        raise DataError(sentence(str(path), text, str(reason))) from reason
    bare.set_weights(whole.get_weights()[: len(bare.weights)])
    return bare


@contextmanager
def strictly() -> Iterator[None]:
    """Makes an error of Keras's warning that weights were left as they were drawn."""
    with warnings.catch_warnings():
        for message in ("Skipping", "A total of"):
            warnings.filterwarnings("error", message, UserWarning)
        yield


def _home(name: str) -> Any:
    """The module that has a model and what prepares pixels for it."""
    return next((m for m in _modules() if hasattr(m, name)), None)


def _modules() -> Iterator[Any]:
    for module in vars(keras.applications).values():
        if isinstance(module, ModuleType) and hasattr(module, "preprocess_input"):
            yield module
