"""Labels that stand in a picture go where its pixels go when it is augmented."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sensorium.data.source import Array
from sensorium.training.augmentation import (
    Augment,
    Augmentation,
    Draws,
    Movement,
    Place,
    place_key,
)

MOVING = ("shift", "flip")
"""The settings that move the pixels of pictures."""

_UNLABELLED = -1


class FollowingMask(Augmentation):
    """Moves masks as `Augmentation` moves the pictures that they belong to.

    Pixels that a shift uncovers have no label: nobody drew them.

    Args:
        settings: What is done to the pictures.
        name: The image input.
    """

    def __init__(self, settings: Augment, name: str) -> None:
        super().__init__(settings, "image", name)

    def __call__(
        self, values: Array, present: Array | None, rows: Array, place: Place
    ) -> Array:
        """The moved labels; those of rows that lack the picture are the same.

        Args:
            values: The labels, first axis = rows.
            present: Whether each row has the picture; `None` is all.
            rows: The rows' positions in their table.
            place: Seed, stage and epoch.
        """
        if not len(rows):
            return values
        draws = Draws(place_key(place, self.name), rows)
        if self.settings.coarse > 1:
            draws.whole(1, self.settings.coarse)  # the picture's first draw
        moved = self._labels(values, Movement.drawn(self.settings, draws))
        if present is not None:
            moved[~present] = values[~present]
        return moved

    def _labels(self, values: Array, movement: Movement) -> Array:
        return movement.of(values, _UNLABELLED).copy()


class FollowingBox(FollowingMask):
    """Moves boxes as `Augmentation` moves the pictures that they stand in.

    What leaves the picture is cut off.

    Args:
        settings: What is done to the pictures.
        name: The image input.
        pixels: Height and width of the pictures in pixels.
        image_size: Height and width of the pictures in the boxes' units.
        form: `corners` or `center_size`.
    """

    def __init__(
        self,
        settings: Augment,
        name: str,
        pixels: Sequence[int],
        image_size: Sequence[int],
        form: str,
    ) -> None:
        super().__init__(settings, name)
        self.pixels = pixels
        self.image_size = image_size
        self.form = form

    def _labels(self, values: Array, movement: Movement) -> Array:
        boxes = np.asarray(values, np.float64)
        first, second = boxes[:, :2], boxes[:, 2:]
        if self.form == "center_size":
            first, second = first - second / 2, first + second / 2
        ends = np.stack([first, second], axis=1)  # rows, two corners, x and y
        (high, wide), (height, width) = self.image_size, self.pixels
        if movement.down is not None and movement.right is not None:
            ends[:, :, 0] += (movement.right * wide / width)[:, None]
            ends[:, :, 1] += (movement.down * high / height)[:, None]
        if movement.turned is not None:
            across = wide - ends[:, ::-1, 0]  # the left end becomes the right one
            ends[:, :, 0] = np.where(movement.turned[:, None], across, ends[:, :, 0])
        ends = np.clip(ends, 0.0, [wide, high])
        first, second = ends[:, 0], ends[:, 1]
        if self.form == "center_size":
            first, second = (first + second) / 2, second - first
        return np.concatenate([first, second], axis=1).astype(values.dtype)
