from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

from sensorium.errors import DataError
from sensorium.games import WGANGP
from tests.games.test_checks import discriminator, generator

IMAGES = np.random.default_rng(0).integers(0, 256, (64, 8, 8), dtype="uint8")


def models():
    critic = discriminator()
    critic.layers[-1].set_weights([np.full((64, 1), 0.25), np.zeros(1)])
    return {"generator": generator(), "discriminator": critic}


def test_the_critic_steps_five_times_in_a_round() -> None:
    game = WGANGP((8, 8, 1), noise=4, **models())
    history = game.fit(IMAGES, epochs=1, batch_size=16, verbose=0).history
    steps = [int(ops.convert_to_numpy(o.iterations)) for o in game.optimizer.optimizers]
    assert steps == [20, 4]
    assert set(history) == {
        "discriminator_loss",
        "generator_loss",
        "diversity",
        "warnings",
    }


@pytest.mark.slow
def test_the_penalty_holds_the_critics_slope_near_one() -> None:
    """Of a linear critic the slope is its weights' norm, here 2 at first."""
    norms = {}
    for penalty in (1e-9, 10.0):
        game = WGANGP(
            (8, 8, 1), noise=4, penalty=penalty, **models(), optimizers=_FASTER
        )
        game.fit(IMAGES, epochs=2, batch_size=8, verbose=0)
        norms[penalty] = np.linalg.norm(game.discriminator.get_weights()[0])
    assert norms[10.0] == pytest.approx(1.0, abs=0.35)
    assert norms[1e-9] > 1.6


_FASTER = {"discriminator": keras.optimizers.Adam(0.02)}


def test_a_penalty_must_be_there() -> None:
    with pytest.raises(DataError, match="`penalty`: must be above 0"):
        WGANGP((8, 8, 1), penalty=0)
