from __future__ import annotations

import keras
import pytest

from sensorium.errors import DataError
from sensorium.games import Game, Player
from tests.games.made import small_model


def nothing(batch, game):
    return 0.0


def test_a_variable_of_two_players_is_refused_by_names() -> None:
    shared = keras.layers.Dense(2, name="shared")
    first = keras.Sequential([keras.Input((2,)), shared])
    second = keras.Sequential([keras.Input((2,)), shared, keras.layers.Dense(1)])
    with pytest.raises(DataError) as error:
        Game([Player("judge", second, nothing), Player("maker", [first], nothing)])
    text = str(error.value)
    assert text.startswith("players `judge` and `maker`: both have the variable `")
    assert "shared/kernel" in text and "take the layer out of one" in text


def test_a_player_may_own_several_layers() -> None:
    first, second = small_model(2, 3), small_model(3, 1)
    player = Player("one", [first, second], nothing)
    assert len(player.learns) == 12
    assert len(player.owns) == 18  # and four statistics, two states of dropout


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (keras.layers.Dense(2, name="raw"), "has no variables: `raw` is not built"),
        (keras.layers.Activation("relu"), "has no variables: "),
        ([], "`part` must be a Keras layer or model"),
        ("generator", "`part` must be a Keras layer or model"),
    ],
)
def test_a_player_without_variables_is_refused(part, words) -> None:
    with pytest.raises(DataError, match=f"player `maker`: {words}"):
        Game([Player("maker", part, nothing)])


def test_a_frozen_player_is_told_what_to_do() -> None:
    model = small_model(2, 1)
    model.trainable = False
    with pytest.raises(DataError, match="Set its `trainable` to true"):
        Game([Player("maker", model, nothing)])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "two words"}, "must be a word"),
        ({"loss": "mse"}, "`loss` must be a function"),
        ({"steps": 0}, "`steps` must be a whole number from 1"),
        ({"steps": 1.5}, "`steps` must be a whole number"),
    ],
)
def test_wrong_settings(settings, words) -> None:
    with pytest.raises(DataError, match=words):
        Player(**{"name": "a", "part": small_model(2, 1), "loss": nothing, **settings})


def test_an_unknown_optimizer_gets_the_nearest_word() -> None:
    player = Player("maker", small_model(2, 1), nothing, "adm")
    with pytest.raises(DataError, match="Did you mean `adam`"):
        Game([player]).compile()


@pytest.mark.parametrize("players", [[], ["judge"], None])
def test_a_game_needs_players(players) -> None:
    with pytest.raises(DataError, match="at least one `Player`"):
        Game(players)


def test_two_players_need_two_names() -> None:
    players = [Player("a", small_model(2, 1), nothing) for _ in range(2)]
    with pytest.raises(DataError, match="two players are called `a`"):
        Game(players)
