"""Looks, after every epoch, whether a game of images still goes as it should."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from sensorium.errors import GameWarning

IMAGES = 128
"""Images that are compared with each other."""

PATIENCE = 3
"""Epochs in a row that something must last to be told."""

_COLLAPSED = 0.3
_ALL = 0.99


def spread(images: np.ndarray) -> float:
    """How far images lie apart: the mean distance of each to its nearest other one.

    Unlike the mean over all pairs it is near zero also where there are several kinds
    of images, but all of a kind are the same.

    Args:
        images: At least two, of any shape, `(rows, ...)`.
    """
    flat = images.reshape(len(images), -1).astype("float64") / 255.0
    squares = (flat**2).sum(axis=1)
    apart = squares[:, None] + squares[None] - 2.0 * flat @ flat.T
    np.fill_diagonal(apart, np.inf)
    return float(np.sqrt(np.maximum(apart.min(axis=1), 0.0)).mean())


class Watcher(keras.callbacks.Callback):
    """Records `diversity` and warns, in words, of collapse and of a player that won.

    `diversity` is the spread of made images as a share of that of real ones, about 1
    where both are as different among themselves.

    Args:
        real: Some real images.
        make: How many in, as many made images out.
    """

    def __init__(self, real: np.ndarray, make: Callable[[int], np.ndarray]) -> None:
        super().__init__()
        self.count = min(IMAGES, len(real))
        self.real = spread(real[: self.count]) if self.count > 1 else 0.0
        self.make = make
        self.told: list[str] = []
        self._lasting = _Lasting(_FIXES)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compares made images with real ones."""
        values = logs if logs is not None else {}
        if self.real > 0.0:
            values["diversity"] = spread(self.make(self.count)) / self.real
        for text in self._lasting.seen(epoch + 1, values):
            self.told.append(text)
            warnings.warn(text, GameWarning, stacklevel=2)


def warnings_of(
    epochs: Sequence[Mapping[str, Any]], fixes: Mapping[str, str]
) -> list[str]:
    """The warnings that a game with such epochs has led to.

    Args:
        epochs: What each epoch told, from the first one on.
        fixes: What to try against `collapse`, and where the `discriminator` or the
            `generator` has won.
    """
    lasting = _Lasting(fixes)
    each = (lasting.seen(number, values) for number, values in enumerate(epochs, 1))
    return [text for told in each for text in told]


class _Lasting:
    """How long signs of a game that goes wrong have lasted."""

    def __init__(self, fixes: Mapping[str, str]) -> None:
        self._fixes = fixes
        self._epochs: dict[str, int] = {}

    def seen(self, number: int, values: Mapping[str, Any]) -> list[str]:
        """What is to be told after an epoch, counted from 1."""
        told = []
        for kind, holds in _signs(values).items():
            lasts = self._epochs.get(kind, 0) + 1 if holds else 0
            self._epochs[kind] = lasts
            if lasts == PATIENCE:
                told.append(f"epoch {number}: {_WORDS[kind]} {self._fixes[kind]}")
        return told


def _signs(values: Mapping[str, Any]) -> dict[str, bool]:
    return {
        "collapse": values.get("diversity", 1.0) < _COLLAPSED,
        "discriminator": values.get("discriminator_accuracy", 0.0) >= _ALL,
        "generator": values.get("generator_fooled", 0.0) >= _ALL,
    }


_LASTED = f"for {PATIENCE} epochs"
_WORDS = {
    "collapse": "the generator has collapsed: its images have been almost the same "
    f"{_LASTED}.",
    "discriminator": "the discriminator has won: it has told made images from real "
    f"ones almost always {_LASTED}, so that the generator learns little from it.",
    "generator": "the generator has won: the discriminator has taken almost all its "
    f"images for real ones {_LASTED}, so that both learn little.",
}
_FIXES = {
    "collapse": "Try `WGANGP`, a lower learning rate, larger batches, or other first "
    "weights (`seed`).",
    "discriminator": "Try more images, a lower learning rate for it, fewer of its "
    "`width`, or the loss `least_squares`.",
    "generator": "Try a wider discriminator or a higher learning rate for it.",
}
