"""From the maps of an image encoder to a class for every pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras

from sensorium.nn.decoders.upsampling import interleaved
from sensorium.nn.dense import convolution, dense, layer_norm

Shape = tuple[Any, ...]

_GROWTH = 2
_MATCHES = 8
"""How many things a stage can look for at once."""

_COARSEST = 8
"""A mask that is made of a vector alone begins with one place for so many pixels."""


class MaskDecoder(keras.layers.Layer):
    """Goes from the coarsest map to the finest one, and on to the size of the mask.

    A chain of `MaskStage`: the first takes the coarsest map (or what a dense layer
    makes of the vector, where there are no maps), each further one the map before it
    and the encoder's map of its size; after the finest map the resolution doubles until
    one linear layer can give the classes of all pixels. What lies beyond the size is
    cut off, so that any size can be made. Every row stands by itself; what comes out is
    float32.

    Args:
        size: Height and width of the mask.
        classes: Number of classes.
        filters: Channels of each stage, from the coarsest; the last entry serves for
            all further ones.
        **kwargs: Keras's `name` and `dtype`.
    """

    def __init__(
        self, size: Sequence[int], classes: int, filters: Sequence[int], **kwargs: Any
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.size = (int(size[0]), int(size[1]))
        self.classes = classes
        self.filters = list(filters)

    def build(self, vector_shape: Shape, scales: Sequence[Shape] = ()) -> None:
        """Makes the layers.

        Args:
            vector_shape: `(rows, width)`.
            scales: Shapes `(rows, height, width, channels)` of maps, the finest first.
        """
        shape, self.first = self._coarsest(vector_shape, scales)
        # Maps that are finer than the mask are left out, as foreign encoders may have.
        finer = [at for at in range(len(scales) - 1) if self._fits(scales[at])]
        self.skips: list[int | None] = [None, *reversed(finer)]
        skips = [scales[at] for at in reversed(finer)]
        self.stages: list[MaskStage] = []
        shape = self._add(shape, vector_shape, shape[1:3], None)
        for skip in skips:
            shape = self._add(shape, vector_shape, skip[1:3], skip)
        while _ratio(shape, self.size) > _GROWTH:
            doubled = [_GROWTH * side for side in shape[1:3]]
            shape = self._add(shape, vector_shape, doubled, None)
            self.skips.append(None)
        self.factor = _ratio(shape, self.size)
        units = self.factor**2 * self.classes
        self.last = dense(units, name="classes", dtype="float32")
        self.last.build(shape)

    def call(self, vector: Any, scales: Sequence[Any] = ()) -> Any:
        """Returns logits, `(rows, height, width, classes)`.

        Args:
            vector: `(rows, width)`.
            scales: The maps whose shapes `build` was given.
        """
        x = scales[-1] if self.first is None else self._from(vector)
        for stage, at in zip(self.stages, self.skips, strict=True):
            x = stage(x, vector, None if at is None else scales[at])
        x = self.last(keras.ops.cast(x, "float32"))
        height, width = self.size
        return interleaved(x, 2, self.factor)[:, :height, :width]

    def compute_output_shape(self, vector_shape: Shape, scales: Any = ()) -> Shape:
        """Returns `(rows, height, width, classes)`."""
        return (vector_shape[0], *self.size, self.classes)

    def balance(self, logits: Sequence[float]) -> None:
        """Makes these the logits that a decoder without any knowledge gives.

        Args:
            logits: One for each class.
        """
        self.last.bias.assign(list(logits) * self.factor**2)

    def _coarsest(self, vector: Shape, scales: Sequence[Shape]) -> tuple[Shape, Any]:
        """The shape that the first stage takes, and the layer that makes it, if any."""
        if scales:
            return tuple(scales[-1]), None
        sides = [math.ceil(side / _COARSEST) for side in self.size]
        shape = (vector[0], *sides, self.filters[0])
        first = dense(
            math.prod(shape[1:]), "relu", name="first", dtype=self.dtype_policy
        )
        first.build(vector)
        self.coarse = shape[1:]
        return shape, first

    def _from(self, vector: Any) -> Any:
        return keras.ops.reshape(self.first(vector), (-1, *self.coarse))

    def _fits(self, shape: Shape) -> bool:
        return all(
            side <= size for side, size in zip(shape[1:3], self.size, strict=True)
        )

    def _add(
        self, shape: Shape, vector: Shape, sides: Sequence[int], skip: Shape | None
    ) -> Shape:
        number = len(self.stages)
        filters = self.filters[min(number, len(self.filters) - 1)]
        stage = MaskStage(
            filters, sides, name=f"stage_{number}", dtype=self.dtype_policy
        )
        stage.build(shape, vector, skip)
        self.stages.append(stage)
        return (shape[0], *sides, filters)


class MaskStage(keras.layers.Layer):
    """Makes a map finer and looks in it for what a vector says.

    Sub-pixel upsampling, then the encoder's map x of this size beside it (a skip
    connection: Ronneberger et al. 2015, U-Net, section 2), and

        relu((1 + gamma(v)) o norm(conv(x)) + beta(v) + W m),
        m_h = <norm(x), k_h(v)> / sqrt(channels)

    with gamma, beta and the keys k_1..k_8 linear in the vector v. The first part is
    FiLM (Perez et al. 2018, arXiv 1709.07871, section 2.2). The second one asks at each
    place how much it is like what v describes, as attention does before its softmax
    (Vaswani et al. 2017, section 3.2.1). Unlike in U-Net there is one convolution a
    stage, which pads.

    Args:
        filters: Channels of the new map.
        sides: Its height and width.
        **kwargs: Keras's `name` and `dtype`.
    """

    def __init__(self, filters: int, sides: Sequence[int], **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        self.filters = filters
        self.sides = (int(sides[0]), int(sides[1]))

    def build(self, shape: Shape, vector: Shape, skip: Shape | None = None) -> None:
        """Makes the layers.

        Args:
            shape: Of the map before, `(rows, height, width, channels)`.
            vector: `(rows, width)`.
            skip: Of the encoder's map, or `None`.
        """
        policy = self.dtype_policy
        self.factor, self.growth = _ratio(shape, self.sides), None
        channels = shape[-1]
        if self.factor > 1:
            units = self.factor**2 * self.filters
            self.growth = dense(units, name="grow", dtype=policy)
            self.growth.build(shape)
            channels = self.filters
        channels += 0 if skip is None else skip[-1]
        self.look = convolution(2, self.filters, 3, name="look", dtype=policy)
        self.look.build((shape[0], *self.sides, channels))
        self.norm = layer_norm("norm", policy)
        self.norm.build((shape[0], *self.sides, self.filters))
        self.film = dense(2 * self.filters, name="film", dtype=policy)
        self.film.build(vector)
        before = (shape[0], *self.sides, channels)
        self.seen_norm = layer_norm("seen_norm", policy)
        self.seen_norm.build(before)
        self.keys = dense(_MATCHES * channels, name="keys", dtype=policy)
        self.keys.build(vector)
        self.matched = dense(self.filters, name="matched", dtype=policy)
        self.matched.build((*before[:3], _MATCHES))

    def call(self, x: Any, vector: Any, skip: Any = None) -> Any:
        """Returns `(rows, height, width, filters)`.

        Args:
            x: The map before.
            vector: `(rows, width)`.
            skip: The encoder's map of the new size, where `build` was given one.
        """
        ops = keras.ops
        height, width = self.sides
        if self.growth is not None:
            x = interleaved(self.growth(x), 2, self.factor)[:, :height, :width]
        if skip is not None:
            x = ops.concatenate([ops.cast(x, skip.dtype), skip], axis=-1)
        film = self.film(vector)[:, None, None]
        scale, shift = film[..., : self.filters], film[..., self.filters :]
        found = (1.0 + scale) * self.norm(self.look(x)) + shift
        return ops.relu(found + self.matched(self._matches(x, vector)))

    def _matches(self, x: Any, vector: Any) -> Any:
        """How much each place is like what the vector describes."""
        ops, channels = keras.ops, x.shape[-1]
        keys = ops.reshape(self.keys(vector), (-1, _MATCHES, channels))
        return ops.einsum("rhwc,rkc->rhwk", self.seen_norm(x), keys) / channels**0.5


def _ratio(shape: Shape, sides: Sequence[int]) -> int:
    """How many times as many places a map needs to have these sides."""
    pairs = zip(sides, shape[1:3], strict=True)
    return max(math.ceil(wanted / there) for wanted, there in pairs)
