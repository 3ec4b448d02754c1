"""The generator and the discriminator of images that a game makes when given none.

After DCGAN (Radford et al. 2016, section 3): strided convolutions, batch normalisation
in the generator. Our difference: none in the discriminator, so that rows do not see
each other and the same one serves WGAN-GP; a label is embedded and joined to the noise,
and in the discriminator it chooses a direction of what the image shows (Miyato and
Koyama 2018, equation 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

SMALLEST = 8
"""Fewest pixels of an image's side."""

_LEAK = 0.2
_LABEL_UNITS = 16


def build_generator(
    shape: Sequence[int], noise: int, classes: int | None, width: int, seed: int
) -> Any:
    """A generator: noise, and a label where there are classes, to images in [-1, 1].

    Args:
        shape: Height, width, channels of an image.
        noise: Numbers that an image is made of.
        classes: How many classes there are, or `None`.
        width: Channels of its last hidden layer; others have more.
        seed: Decides its first weights.
    """
    draw = _Seeds(seed)
    given = keras.Input((noise,), name="noise")
    inputs, x = [given], given
    if classes is not None:
        label = keras.Input((), dtype="int32", name="label")
        embedding = layers.Embedding(
            classes, _LABEL_UNITS, embeddings_initializer=draw.normal(1.0)
        )
        inputs, x = [given, label], layers.Concatenate()([given, embedding(label)])
    doublings = _doublings(shape)
    height, wide = (math.ceil(side / 2**doublings) for side in shape[:2])
    depth = width * 2 ** min(doublings, 3)
    x = layers.Dense(height * wide * depth, use_bias=False, **draw.kernel())(x)
    x = layers.Reshape((height, wide, depth))(x)
    x = _normal(x)
    for step in range(doublings):
        depth = max(width, depth // 2)
        x = layers.Conv2DTranspose(
            depth, 4, 2, padding="same", use_bias=False, **draw.kernel()
        )(x)
        x = _normal(_cropped(x, shape) if step == doublings - 1 else x)
    x = layers.Conv2D(shape[2], 3, padding="same", **draw.kernel())(x)
    images = layers.Activation("tanh", name="image")(x)
    return keras.Model(inputs if len(inputs) > 1 else given, images, name="generator")


def build_discriminator(
    shape: Sequence[int], classes: int | None, width: int, seed: int
) -> Any:
    """A discriminator: images in [-1, 1], with labels where there are some, to scores.

    Args:
        shape: Height, width, channels of an image.
        classes: How many classes there are, or `None`.
        width: Channels of its first layer; others have more.
        seed: Decides its first weights.
    """
    draw = _Seeds(seed + 1)
    image = keras.Input(tuple(shape), name="image")
    x = image
    for step in range(_doublings(shape) + 1):
        depth = width * 2 ** min(step, 3)
        x = layers.Conv2D(depth, 4, 2, padding="same", **draw.kernel())(x)
        x = layers.LeakyReLU(_LEAK)(x)
    x = layers.Flatten()(x)
    score = layers.Dense(1, name="score", **draw.kernel())(x)
    if classes is None:
        return keras.Model(image, score, name="discriminator")
    label = keras.Input((), dtype="int32", name="label")
    seen = layers.Dense(2 * width, **draw.kernel())(x)
    wanted = layers.Embedding(
        classes, 2 * width, embeddings_initializer=draw.normal(0.05)
    )(label)
    score = layers.Add()([score, layers.Dot(1)([seen, wanted])])
    return keras.Model([image, label], score, name="discriminator")


def _doublings(shape: Sequence[int]) -> int:
    """How often the side of a small square is doubled to reach the image's."""
    return max(1, int(math.log2(min(shape[:2]) / 4)))


def _normal(x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def _cropped(x: Any, shape: Sequence[int]) -> Any:
    spare = [have - want for have, want in zip(x.shape[1:3], shape[:2], strict=True)]
    if not any(spare):
        return x
    return layers.Cropping2D([(each // 2, each - each // 2) for each in spare])(x)


class _Seeds:
    """Initializers with seeds of their own, one after the other."""

    def __init__(self, seed: int) -> None:
        self.seed = seed * 1000

    def normal(self, deviation: float) -> Any:
        self.seed += 1
        return keras.initializers.RandomNormal(0.0, deviation, seed=self.seed)

    def kernel(self) -> dict[str, Any]:
        self.seed += 1
        return {"kernel_initializer": keras.initializers.HeNormal(seed=self.seed)}
