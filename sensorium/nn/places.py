"""From the maps of an image encoder to where the sides of one thing are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from sensorium.nn.mask_decoder import MaskDecoder

_SIDES = 4
_FINEST = 16
"""Maps with more places than this along a side are not looked at: a mean over places
lies between them, so that finer ones cost more than they tell."""


class Places(keras.layers.Layer):
    """Says for each side of a thing how far it is from the picture's middle.

    A `MaskDecoder` gives a map of logits for each side; a side's place is the mean of
    all places under the softmax over that map (integral regression: Sun et al. 2018,
    arXiv 1711.08229, section 2; theirs are the joints of a body). It has a gradient
    everywhere, and what moves in the picture moves as far in what comes out. Every row
    stands by itself; all is float32 from the logits on.

    Args:
        filters: Channels of the decoder's stages, from the coarsest.
        **kwargs: Keras's `name` and `dtype`.
    """

    def __init__(self, filters: Sequence[int], **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        self.filters = list(filters)

    def build(self, vector: Any, scales: Sequence[tuple[Any, ...]]) -> None:
        """Makes the layers.

        Args:
            vector: The shape `(rows, width)` of what says what to look for.
            scales: Shapes `(rows, height, width, channels)` of maps, the finest first.
        """
        fitting = [shape for shape in scales if max(shape[1:3]) <= _FINEST]
        height, width = (fitting or scales[-1:])[0][1:3]
        policy = self.dtype_policy
        self.decoder = MaskDecoder(
            (height, width), _SIDES, self.filters, name="decoder", dtype=policy
        )
        self.decoder.build(vector, scales)
        self.grid = _grid(height, width)

    def call(self, vector: Any, scales: Sequence[Any]) -> Any:
        """Returns `(rows, 4)`: left, top, right and bottom, each from -0.5 to 0.5.

        Args:
            vector: What to look for, `(rows, width)`.
            scales: The maps whose shapes `build` was given.
        """
        ops = keras.ops
        logits = self.decoder(vector, scales)
        flat = ops.reshape(logits, (-1, *self.grid.shape))
        grid = ops.convert_to_tensor(self.grid)
        return ops.sum(ops.softmax(flat, axis=1) * grid, axis=1)

    def compute_output_shape(self, vector: Any, scales: Any = ()) -> tuple[Any, ...]:
        """Returns `(rows, 4)`."""
        return (vector[0], _SIDES)


def _grid(height: int, width: int) -> np.ndarray:
    """Where each place is, `(places, 4)`: x, y, x, y from -0.5 to 0.5."""
    y, x = np.meshgrid(_line(height), _line(width), indexing="ij")
    return np.stack([x, y, x, y], axis=-1).reshape(-1, _SIDES).astype("float32")


def _line(count: int) -> np.ndarray:
    return np.linspace(-0.5, 0.5, count) if count > 1 else np.zeros(1)
