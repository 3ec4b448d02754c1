"""A GAN that makes images of a class that one asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.games.gan import GAN
from sensorium.games.images import as_numbers, checked
from sensorium.run.files import PathLike


class ConditionalGAN(GAN):
    """Learns to make images of each class (Mirza and Osindero 2014).

    Own models: both take a list of two inputs, the second one labels `(rows,)`, whole
    numbers from 0.

    Args:
        shape: Height, width (each at least 8) and channels of an image.
        classes: How many classes there are.
        **settings: As for `GAN`.
    """

    conditional = True

    def __init__(self, shape: Sequence[int], classes: int, **settings: Any) -> None:
        if type(classes) is not int or classes < 2:
            text = "expected a whole number from 2"
            raise DataError(sentence("`classes`", text, classes))
        # The models are made of it, before Keras lets attributes be set.
        object.__setattr__(self, "_classes", classes)
        super().__init__(shape, **settings)
        self.settings = {**self.settings, "classes": classes}

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return int(self._classes)

    def _taken_apart(self, batch: Any) -> tuple[Any, list[Any]]:
        images, labels = batch
        return as_numbers(images), [labels]

    def fit(  # type: ignore[override]  # labels beside the images
        self,
        images: Any,
        labels: Any,
        *,
        epochs: int = 10,
        batch_size: int = 64,
        callbacks: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Learns from real images of known classes.

        Args:
            images: Bytes `(rows, height, width)` or `(rows, height, width, channels)`.
            labels: Their classes, whole numbers from 0.
            epochs: Passes over the images.
            batch_size: Images a round.
            callbacks: Keras callbacks.
            **kwargs: As `Game.fit`.

        Raises:
            DataError: If images or labels cannot be used.
        """
        real = checked(images, self.shape)
        classes = self._checked_labels(labels, len(real))
        settings = {"epochs": epochs, "batch_size": batch_size, **kwargs}
        return self._played(real, classes, callbacks, **settings)

    def sample(self, n: int, seed: int = 0, labels: Any = None) -> np.ndarray:
        """Makes images, bytes `(n, height, width, channels)`; the same for a seed.

        Args:
            n: How many.
            seed: Decides the noise.
            labels: Their classes, or one for all; `None` takes each class in turn.
        """
        wanted = np.arange(max(n, 0)) % self.num_classes if labels is None else labels
        if np.ndim(wanted) == 0:
            wanted = np.full(max(n, 0), wanted)
        return self._sampled(n, seed, [self._checked_labels(wanted, n)])

    def save_grid(self, path: PathLike, *, rows: int = 8, seed: int = 0) -> None:
        """Writes a PNG of made images, each class in a column.

        Args:
            path: The file, `.png`.
            rows: Lines.
            seed: Decides the noise.
        """
        images = self.sample(self.num_classes * rows, seed)
        self._save(path, images, self.num_classes)

    def _checked_labels(self, labels: Any, rows: int) -> np.ndarray:
        array, classes = np.asarray(labels), range(self.num_classes)
        if array.shape != (rows,):
            text = f"expected {rows} labels, one for each image"
            raise DataError(sentence("labels", text, array.shape))
        strange = [each for each in array.tolist() if each not in classes]
        if array.dtype.kind not in "iu" or strange:
            text = f"expected whole numbers from 0 to {classes[-1]}"
            fix = "Leave out images without a label."
            raise DataError(sentence("labels", text, [*strange, array.dtype][0], fix))
        return array.astype("int32")
