from __future__ import annotations

import keras
import pytest
from keras import layers

from sensorium.errors import DataError
from sensorium.games import GAN, WGANGP, ConditionalGAN

SHAPE = (8, 8, 1)
TANH = layers.Activation("tanh")


def generator(noise=4, side=8, activation="tanh"):
    pixels = layers.Dense(side * side, activation=activation)
    return keras.Sequential(
        [keras.Input((noise,)), pixels, layers.Reshape((side, side, 1))]
    )


def discriminator(side=8, *last):
    return keras.Sequential(
        [keras.Input((side, side, 1)), layers.Flatten(), *(last or [layers.Dense(1)])]
    )


SHAPES = [(8, 8), (7, 8, 1), (8, 8, 0), (8.0, 8, 1), 8, "abc"]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_that_are_none_of_images(shape) -> None:
    with pytest.raises(DataError, match=r"`shape`: expected \(height, width, chan"):
        GAN(shape)


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ({"generator": generator(3)}, r"generator: must take \(4,\). Received: \(3,\)"),
        (
            {"generator": generator(4, 9)},
            r"generator: must give images of shape \(8, 8",
        ),
        ({"generator": layers.Dense(2)}, "generator: must be a Keras model"),
        ({"discriminator": discriminator(9)}, r"must take \(8, 8, 1\)"),
        (
            {"discriminator": discriminator(8, layers.Dense(1, activation="sigmoid"))},
            "without an activation: the losses take logits. Received: 'sigmoid'",
        ),
        (
            {
                "discriminator": discriminator(
                    8, layers.Dense(1), layers.Activation("tanh")
                )
            },
            "Received: 'tanh'",
        ),
        ({"discriminator": discriminator(8, layers.Dense(2))}, "one score"),
    ],
)
def test_models_that_do_not_fit(models, words) -> None:
    with pytest.raises(DataError, match=words):
        GAN(SHAPE, noise=4, **models)


def test_own_models_of_a_conditional_game_take_labels() -> None:
    with pytest.raises(DataError, match="generator: must take a list of two inputs"):
        ConditionalGAN(SHAPE, 3, noise=4, generator=generator())


def test_a_critic_whose_rows_see_each_other_is_refused() -> None:
    normal = layers.BatchNormalization(name="normal")
    critic = discriminator(8, normal, layers.Dense(1))
    with pytest.raises(DataError, match="`normal` normalises over the batch"):
        WGANGP(SHAPE, discriminator=critic)
    GAN(SHAPE, discriminator=critic)
