"""Two small players with all that could move by mistake."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from sensorium.games import Game, Player

ROWS = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")


def small_model(inputs: int, outputs: int) -> keras.Model:
    """With batch normalisation and dropout."""
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(5),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2, seed=1),
            keras.layers.Dense(outputs),
        ]
    )


def two_players(generator, discriminator, **changes) -> list[Player]:
    def judge_loss(batch, game):
        fake = generator(game.noise((ops.shape(batch)[0], 2)), training=True)
        real, fake = (discriminator(each, training=True) for each in (batch, fake))
        loss = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
        return loss, {"accuracy": ops.mean(ops.cast(real > 0, "float32"))}

    def maker_loss(batch, game):
        fake = generator(game.noise((ops.shape(batch)[0], 2)), training=True)
        return ops.mean(ops.softplus(-discriminator(fake, training=True)))

    judge = {"loss": judge_loss, "scores": ["accuracy"], **changes.get("judge", {})}
    maker = {"loss": maker_loss, **changes.get("maker", {})}
    return [
        Player("judge", discriminator, **judge),
        Player("maker", generator, **maker),
    ]


def small_game(seed: int = 0, **changes) -> Game:
    keras.utils.set_random_seed(7)
    players = two_players(small_model(2, 3), small_model(3, 1), **changes)
    return Game(players, seed=seed)


def bytes_of(layers) -> list[bytes]:
    """All variables of some layers: weights, statistics, states of random numbers."""
    return [
        keras.ops.convert_to_numpy(variable.value).tobytes()
        for layer in layers
        for variable in layer.variables
    ]
