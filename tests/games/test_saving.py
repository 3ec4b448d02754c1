from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from sensorium.errors import ArtifactError, DataError
from sensorium.games import GAN, WGANGP, ConditionalGAN, load
from sensorium.games.saving import save
from sensorium.nn.encoders import Residual, Wrapped
from sensorium.run.artifact import read_artifact, write_artifact
from tests.games.test_checks import discriminator, generator


@pytest.fixture(scope="module")
def game() -> ConditionalGAN:
    return ConditionalGAN((8, 8, 1), 3, noise=4, width=2, loss="hinge")


@pytest.mark.parametrize("name", ["game.sensorium", "folder"])
def test_a_game_comes_back(game, tmp_path, name) -> None:
    game.save(tmp_path / name)
    again = load(tmp_path / name)
    assert type(again) is ConditionalGAN
    assert dict(again.settings) == dict(game.settings)
    np.testing.assert_array_equal(again.sample(5), game.sample(5))
    for ours, theirs in zip(again.get_weights(), game.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_own_models_and_settings_come_back(tmp_path) -> None:
    models = {"generator": generator(), "discriminator": discriminator()}
    own = WGANGP((8, 8, 1), noise=4, steps=2, penalty=3, **models)
    own.save(tmp_path / "a.sensorium")
    again = load(tmp_path / "a.sensorium")
    assert (again.steps, again.penalty) == (2, 3.0)
    np.testing.assert_array_equal(again.sample(5), own.sample(5))


def test_the_same_game_gives_the_same_bytes(game, tmp_path) -> None:
    first, second = (save(game, tmp_path / name / "a.sensorium") for name in "ab")
    assert first == second


def test_code_is_refused_before_it_is_written(tmp_path) -> None:
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), layers.Lambda(lambda x: x)]
    )
    model.add(layers.Dense(1))
    own = GAN((8, 8, 1), discriminator=model, width=2)
    with pytest.raises(DataError, match="discriminator: has classes that an artifact"):
        own.save(tmp_path / "a.sensorium")
    assert not list(tmp_path.iterdir())


def test_code_in_a_file_is_refused(game, tmp_path) -> None:
    game.save(tmp_path / "a.sensorium")
    kept = read_artifact(tmp_path / "a.sensorium")
    document = dict(kept.documents["game"])
    document["generator"] = {"class_name": "Lambda", "module": "keras.layers"}
    arrays = {name: dict(group) for name, group in kept.arrays.items()}
    write_artifact(
        tmp_path / "b.sensorium", {"game": document}, arrays, dict(kept.weights)
    )
    with pytest.raises(ArtifactError, match=r"holds code or classes .*`Lambda`"):
        load(tmp_path / "b.sensorium")


def test_other_weights_are_found_by_the_image_that_was_kept(game, tmp_path) -> None:
    game.save(tmp_path / "a.sensorium")
    kept = read_artifact(tmp_path / "a.sensorium")
    weights = {name: np.array(value) for name, value in kept.weights.items()}
    for name in weights:
        if name.startswith("generator/") and name.endswith("kernel"):
            weights[name] = -weights[name]
    arrays = {name: dict(group) for name, group in kept.arrays.items()}
    write_artifact(tmp_path / "b.sensorium", dict(kept.documents), arrays, weights)
    with pytest.raises(ArtifactError, match="makes other images here"):
        load(tmp_path / "b.sensorium")


def test_a_damaged_file_is_refused(game, tmp_path) -> None:
    path = tmp_path / "a.sensorium"
    game.save(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArtifactError):
        load(path)


def test_a_file_without_a_game_is_refused(tmp_path) -> None:
    path = tmp_path / "a.sensorium"
    write_artifact(path, {"recipe": {}}, {}, {"a": np.zeros(1, "float32")})
    with pytest.raises(ArtifactError, match="holds no game"):
        load(path)


def test_other_names_and_kinds_are_refused(game, tmp_path) -> None:
    with pytest.raises(DataError, match=r"ends in `\.sensorium`, or a folder"):
        game.save(tmp_path / "game.keras")

    class Own(GAN):
        """A kind that nobody else has."""

    with pytest.raises(DataError, match="only conditional_gan, gan, wgan_gp"):
        Own((8, 8, 1), width=2).save(tmp_path / "a.sensorium")


@pytest.fixture(scope="module")
def around_an_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a game whose discriminator is one of our encoders with a score."""
    encoder = Wrapped(Residual(4, filters=[4], name="inner"), name="photo")
    encoder.build((None, 8, 8, 1))
    given = keras.Input((8, 8, 1))
    model = keras.Model(given, layers.Dense(1)(encoder(given)))
    file = tmp_path_factory.mktemp("around") / "a.sensorium"
    GAN((8, 8, 1), discriminator=model, noise=4, width=2).save(file)
    return file


def test_all_layers_of_a_game_are_built_when_it_is_read(around_an_encoder) -> None:
    # One that is not makes Keras call the game itself, which gives nothing.
    again = load(around_an_encoder)
    assert all(layer.built for layer in again._flatten_layers())


@pytest.mark.slow
def test_a_program_that_has_made_no_encoder_reads_it(around_an_encoder) -> None:
    text = "import sys, sensorium as sm\n"
    text += "print(sm.games.load(sys.argv[1]).sample(2).shape)"
    found = subprocess.run(
        [sys.executable, "-c", text, str(around_an_encoder)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == "(2, 8, 8, 1)"
