"""A game whose discriminator is an encoder of the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.games.images import as_numbers
from sensorium.nn.encoders import Residual, Wrapped
from sensorium.pipeline import playing
from sensorium.pipeline.gallery import Gallery
from sensorium.pipeline.playing import Match, match_of, play
from sensorium.pipeline.staging import Stager
from sensorium.training import History
from sensorium.training.checkpoint import Checkpoint, begin_random
from sensorium.training.trainer import States
from tests.pipeline.made import bits, changed, prepared, stager_of
from tests.pipeline.made_games import GAME, INPUTS, digits, game_recipe

NOWHERE, NO_STATES = Gallery(None, None), States()


def made(**changes: Any) -> tuple[Stager, Match]:
    """A game that nobody has played yet, and what it stands in."""
    stages = [{**GAME, "epochs": 3, **changes}, {}]
    recipe = game_recipe(stages=stages)
    stager = stager_of(recipe, prepared(recipe))
    return stager, match_of(stager, recipe.steps()[0])


def played(
    stager: Stager, match: Match, states: States = NO_STATES, **more: Any
) -> History:
    step = stager.recipe.steps()[0]
    return play(match, step, NOWHERE, states, seed=stager.recipe.seed, **more)


class Unbroken:
    """A game from its first to its last epoch, and what it left."""

    def __init__(self) -> None:
        self.stager, self.match = made()
        self.before = bits(self.stager.network)
        self.states: list[Checkpoint] = []
        self.told: list[int] = []
        self.history = played(
            self.stager,
            self.match,
            States(self.states.append),
            progress=lambda epoch, _: self.told.append(epoch),
        )
        self.after = bits(self.stager.network)


@pytest.fixture(scope="module")
def unbroken() -> Unbroken:
    return Unbroken()


def test_the_encoder_is_the_body_of_the_discriminator(unbroken: Unbroken) -> None:
    encoder = unbroken.stager.network.encoders["photo"]
    game = unbroken.match.game
    real = as_numbers(unbroken.match.pictures[:4])
    score = game.discriminator.layers[-1]
    assert any(layer is encoder for layer in game.discriminator.layers)
    wanted = score(encoder(unbroken.match.pictures[:4], training=False))
    found = game.discriminator(real, training=False)
    found, wanted = (keras.ops.convert_to_numpy(each) for each in (found, wanted))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_all_of_the_encoder_has_learned_and_nothing_else(unbroken: Unbroken) -> None:
    moved = changed(unbroken.before, unbroken.after)
    every = {name for name in unbroken.before if name.startswith("photo/")}
    assert moved == {"photo": every}


def test_the_history_tells_of_every_epoch(unbroken: Unbroken) -> None:
    history = unbroken.history
    assert (unbroken.told, history.best_epoch) == ([1, 2, 3], 3)
    for number, epoch in enumerate(history.epochs, 1):
        assert epoch["epoch"] == number
        assert set(epoch) == {
            "epoch",
            "seconds",
            "discriminator_loss",
            "discriminator_accuracy",
            "generator_loss",
            "generator_fooled",
            "diversity",
        }


def test_who_learns_how_fast(unbroken: Unbroken) -> None:
    rows = [(r.part, r.learns == r.weights, r.rate) for r in unbroken.match.learners]
    assert rows == [
        ("photo", True, 2e-4),
        ("score", True, 2e-4),
        ("generator", False, 2e-4),  # batch normalisation counts
    ]
    assert unbroken.match.notes[0] == "32 pictures of `data`, 8 x 8 x 1"


def test_a_game_goes_on_to_the_same_bits(unbroken: Unbroken) -> None:
    stager, match = made()
    history = played(stager, match, States(resumed=unbroken.states[0]))
    assert bits(stager.network) == unbroken.after
    strip = [{**epoch, "seconds": 0} for epoch in history.epochs]
    assert strip == [{**epoch, "seconds": 0} for epoch in unbroken.history.epochs]
    made_now = match.game.sample(2)
    assert (made_now == unbroken.match.game.sample(2)).all()


class Stop(keras.callbacks.Callback):
    """Ctrl-C in the second epoch."""

    ended = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.ended = epoch + 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.ended == 1:
            raise KeyboardInterrupt


def stop_at_the_end(epoch: int, values: Any) -> None:
    """Ctrl-C when the first epoch is told."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "stop", [{"callbacks": [Stop()]}, {"progress": stop_at_the_end}], ids=["in", "at"]
)
def test_ctrl_c_leaves_the_last_whole_epoch(stop, unbroken: Unbroken) -> None:
    stager, match = made()
    # What an earlier stage has drawn says nothing.
    begin_random(stager.network, 7, "earlier")
    history = played(stager, match, **stop)
    assert (history.interrupted, len(history.epochs)) == (True, 1)
    assert bits(stager.network) not in (unbroken.before, unbroken.after)
    saved = unbroken.states[0].arrays
    weights = [keras.ops.convert_to_numpy(w) for w in match.game.weights]
    assert all((w == saved[f"weight/{i}"]).all() for i, w in enumerate(weights))


def test_players_learn_at_their_own_rates() -> None:
    _, match = made(learning_rate={"photo": 0.25, "others": 0.125})
    match.game.compile()
    held = [player.optimizer.learning_rate for player in match.game.players]
    assert [float(rate) for rate in held] == [0.25, 0.125]
    assert [row.rate for row in match.learners] == [0.25, 0.25, 0.125]


def test_settings_reach_the_game() -> None:
    _, match = made(loss="hinge", noise=5, width=6, batch_size=8)
    game = match.game
    assert (game.loss_word, game.noise_size, game.settings["width"]) == ("hinge", 5, 6)
    assert (match.batch_size, match.epochs) == (8, 3)
    assert game.generator.input_shape == (None, 5)


def test_rows_without_the_picture_do_not_count(monkeypatch) -> None:
    data = digits()
    pictures = data["photo"].astype("float32") / 255
    pictures[::2] = np.nan
    recipe = game_recipe({**data, "photo": pictures})
    stager = stager_of(recipe, prepared(recipe))
    match = match_of(stager, recipe.steps()[0])
    there = np.asarray(stager.prepared.parts["train"]["photo/present"])
    assert 0 < len(match.rows) == np.count_nonzero(there) < len(there)
    assert match.pictures[match.rows].any(axis=(1, 2, 3)).all()
    assert match.notes[0].endswith(f"{np.count_nonzero(~there)} rows lack theirs")
    assert _played_with(match, monkeypatch)["rows"] is match.rows


def _played_with(match: Match, monkeypatch: Any) -> dict[str, Any]:
    """What a game is asked to play with."""
    asked: dict[str, Any] = {}
    monkeypatch.setattr(match.game, "fit", lambda x, **given: asked.update(given))
    play(match, game_recipe().steps()[0], NOWHERE, NO_STATES, seed=0)
    return asked


def test_a_table_without_any_picture_is_refused() -> None:
    data = {**digits(), "photo": np.full((40, 8, 8), np.nan, "float32")}
    photo = {**INPUTS["photo"], "size": [8, 8], "channels": 1}
    recipe = game_recipe(data, inputs={**INPUTS, "photo": photo})
    stager = stager_of(recipe, prepared(recipe))
    with pytest.raises(DataError, match="no training row of `data` has a picture"):
        match_of(stager, recipe.steps()[0])


def test_small_pictures_whose_size_the_recipe_does_not_say_are_refused() -> None:
    data = digits()
    recipe = game_recipe({**data, "photo": data["photo"][:, :7]})
    stager = stager_of(recipe, prepared(recipe))
    expected = r"stage `game`: pictures of `photo` need sides of at least 8 pixels.*"
    with pytest.raises(DataError, match=expected + "Set `size` of `photo`"):
        match_of(stager, recipe.steps()[0])


@keras.saving.register_keras_serializable("tests")
class Whole(keras.layers.Layer):
    """Takes pixels for numbers of things."""

    def call(self, inputs: Any) -> Any:
        pixels = keras.ops.cast(keras.ops.cast(inputs, "int32"), "float32")
        return keras.ops.mean(pixels, axis=(1, 2))


def test_an_encoder_is_shown_numbers_that_say_what_bytes_say() -> None:
    shape = (8, 8, 1)
    ours = Residual(4, filters=[4], name="photo")
    ours.build((None, *shape))
    assert playing._scaling(ours, shape) == (0.5, 0.5)
    keras.utils.set_random_seed(0)
    theirs = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(3, 3, activation="tanh"),
            keras.layers.Flatten(),
        ]
    )
    assert playing._scaling(theirs, shape) == (127.5, 127.5)


def test_an_encoder_of_whole_numbers_is_refused() -> None:
    text = "encoder `whole`: cannot tell made pictures from real ones: it takes whole "
    with pytest.raises(DataError, match=text + ".*e.g. `residual`"):
        playing._scaling(Whole(name="whole"), (8, 8, 1))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"trainable": False}, "has no weights that learn.*Take the stage out"),
        ({"pool": "none"}, "gives many vectors a row.*Say `pool: auto`"),
    ],
)
def test_encoders_that_a_game_cannot_teach(change, expected) -> None:
    given = keras.Input((8, 8, 1))
    maps = keras.Model(given, keras.layers.Conv2D(2, 3)(given))
    encoder = Wrapped(maps, **change, name="photo")
    encoder.build((None, 8, 8, 1))
    with pytest.raises(DataError, match=f"encoder `photo`: {expected}"):
        playing._check_encoder(encoder)


def test_the_pictures_are_those_of_the_stages_table() -> None:
    catalogue = {"photo": 255 - digits(20)["photo"]}
    stages = [{**GAME, "table": "catalogue", "epochs": 1}, {}]
    recipe = game_recipe(tables={"catalogue": catalogue}, stages=stages)
    stager = stager_of(recipe, prepared(recipe))
    match = match_of(stager, recipe.steps()[0])
    given = {picture.tobytes() for picture in catalogue["photo"]}
    assert len(match.rows) == stager.prepared.rows()["catalogue.train"] < 20
    assert {picture.tobytes() for picture in match.pictures} <= given
    assert "pictures of `catalogue`" in match.notes[0]


def test_a_game_that_had_ended_is_as_it_was(unbroken: Unbroken) -> None:
    stager, match = made()
    history = played(stager, match, States(resumed=unbroken.states[-1]))
    assert bits(stager.network) == unbroken.after
    assert len(history.epochs) == 3


def test_warnings_say_what_helps_in_a_stage() -> None:
    stager, match = made()
    lost = {"discriminator_accuracy": 1.0, "diversity": 0.1}
    epochs = [{"epoch": n, "seconds": 0.0, **lost} for n in (1, 2, 3)]
    document = {"epochs": 3, "history": {"epochs": epochs}, "best": None}
    match.game.compile()
    state = playing.captured(match.game, document, None)
    history = played(stager, match, States(resumed=state))
    collapsed, won = history.warnings
    assert collapsed.startswith("epoch 3: the generator has collapsed")
    assert "the `loss` `hinge`" in collapsed
    assert "learning_rate: {photo: 0.00005, others: 0.0002}" in won


def test_what_is_made_is_shown_after_every_epoch(tmp_path: Path, monkeypatch) -> None:
    stager, match = made(epochs=2)
    shown: list[int] = []
    gallery = Gallery(tmp_path, None)
    monkeypatch.setattr(gallery, "show", lambda name, game: shown.append(1))
    step = stager.recipe.steps()[0]
    told = {"progress": lambda epoch, _: shown.append(0)}
    play(match, step, gallery, States(), seed=0, **told)
    assert shown == [1, 0, 1, 0, 1]
    assert (tmp_path / "games" / "game.sensorium").exists()
