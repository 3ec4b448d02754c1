from __future__ import annotations

import keras
import numpy as np
import pytest
from PIL import Image

from sensorium.errors import DataError
from sensorium.games import GAN
from tests.games.made import bytes_of
from tests.games.test_checks import discriminator, generator

IMAGES = np.random.default_rng(0).integers(0, 256, (64, 8, 8), dtype="uint8")


@pytest.fixture(scope="module")
def fitted() -> GAN:
    gan = GAN((8, 8, 1), noise=4, width=2)
    gan.fit(IMAGES, epochs=2, batch_size=16, verbose=0)
    return gan


def test_the_history_tells_how_the_game_goes(fitted) -> None:
    history = fitted.history.history
    assert set(history) == {
        "discriminator_loss",
        "discriminator_accuracy",
        "generator_loss",
        "generator_fooled",
        "diversity",
        "warnings",
    }
    assert history["warnings"] == []
    assert all(len(history[name]) == 2 for name in history if name != "warnings")


def test_both_models_have_learned(fitted) -> None:
    new = GAN((8, 8, 1), noise=4, width=2)
    for ours, first in (
        (fitted.generator, new.generator),
        (fitted.discriminator, new.discriminator),
    ):
        pairs = zip(bytes_of([ours]), bytes_of([first]), strict=True)
        assert all(a != b for a, b in pairs)


def test_the_same_seed_makes_the_same_images(fitted) -> None:
    images = fitted.sample(70, seed=3)
    assert images.shape == (70, 8, 8, 1) and images.dtype == np.uint8
    np.testing.assert_array_equal(fitted.sample(5, seed=3), images[:5])
    assert (fitted.sample(70, seed=4) != images).any()
    assert len(np.unique(images.reshape(70, -1), axis=0)) == 70


def test_a_grid_of_images(fitted, tmp_path) -> None:
    fitted.save_grid(tmp_path / "grid.png", rows=2)
    with Image.open(tmp_path / "grid.png") as found:
        assert found.size == ((8 * 10 + 2) * 7, (2 * 10 + 2) * 7)


@pytest.mark.parametrize("loss", ["non_saturating", "least_squares", "hinge"])
def test_each_loss_reaches_the_players(loss) -> None:
    own = {"generator": generator(), "discriminator": discriminator()}
    for layer in own["discriminator"].layers[-1:]:
        layer.set_weights([np.zeros((64, 1)), np.zeros(1)])
    history = GAN((8, 8, 1), noise=4, loss=loss, **own, optimizers=_STILL).fit(
        IMAGES, epochs=1, verbose=0
    )
    # All scores are 0, and stay so.
    at_zero = {
        "non_saturating": (2 * np.log(2), np.log(2)),
        "least_squares": (0.5, 0.5),
        "hinge": (2.0, 0.0),
    }
    found = [history.history[f"{p}_loss"][0] for p in ("discriminator", "generator")]
    assert found == pytest.approx(at_zero[loss], abs=1e-6)


_STILL = {
    "discriminator": keras.optimizers.SGD(0.0),
    "generator": keras.optimizers.SGD(0.0),
}


def test_own_optimizers_reach_the_players() -> None:
    gan = GAN((8, 8, 1), width=2, optimizers={"generator": keras.optimizers.SGD(0.1)})
    gan.compile()
    names = [type(each).__name__ for each in gan.optimizer.optimizers]
    assert names == ["Adam", "SGD"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"loss": "hinges"}, "Did you mean `hinge`"),
        ({"loss": "wasserstein"}, "expected one of non_saturating, least_squares"),
        ({"optimizers": {"critic": "adam"}}, "expected `generator` and `discrim"),
    ],
)
def test_wrong_settings(settings, words) -> None:
    with pytest.raises(DataError, match=words):
        GAN((8, 8, 1), width=2, **settings)


def test_wrong_calls(fitted) -> None:
    with pytest.raises(DataError, match="at least one image"):
        fitted.sample(0)
    with pytest.raises(DataError, match="of type uint8"):
        fitted.fit(IMAGES / 255.0)


def test_images_that_are_not_named_say_nothing() -> None:
    found = []
    for rest in (0, 255):
        images = IMAGES.copy()
        images[16:] = rest
        gan = GAN((8, 8, 1), noise=4, width=2)
        gan.fit(images, epochs=1, batch_size=8, rows=np.arange(16), verbose=0)
        found.append((bytes_of([gan]), gan.history.history["diversity"]))
    assert found[0] == found[1]
