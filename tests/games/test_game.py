"""Each player moves its own part and nothing else; one `fit` as anywhere in Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

from sensorium.errors import DataError, TrainingError
from sensorium.games import Game, Player
from sensorium.training.checkpoint import captured, put_back
from tests.games.made import ROWS, bytes_of, small_game, small_model, two_players


@pytest.fixture(scope="module")
def whole() -> Game:
    game = small_game()
    game.fit(ROWS, batch_size=16, epochs=3, verbose=0)
    return game


def still(batch, game):
    """A loss that asks for no change of anything."""
    return ops.zeros(())


@pytest.mark.parametrize(("acts", "rests"), [("judge", "maker"), ("maker", "judge")])
def test_in_a_players_step_no_bit_of_the_other_moves(acts, rests) -> None:
    # With SGD and a gradient of zero a player that rests stays where it is, so what
    # moves in it was moved by the other's step.
    resting = {"loss": still, "optimizer": "sgd", "scores": ()}
    game = small_game(**{rests: resting})
    before = {name: bytes_of(game.parts[name]) for name in (acts, rests)}
    game.fit(ROWS, batch_size=16, verbose=0)
    assert bytes_of(game.parts[rests]) == before[rests]
    moved = [
        a != b for a, b in zip(bytes_of(game.parts[acts]), before[acts], strict=True)
    ]
    # Weights, statistics of batch normalisation, state of dropout.
    assert all(moved) and len(moved) == 9


def test_a_step_is_that_of_plain_keras() -> None:
    """The judge against a maker that rests: by hand, one step of SGD."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    by_hand = keras.models.clone_model(model)
    by_hand.set_weights(model.get_weights())

    def loss(batch, game):
        x, y = batch
        return ops.mean(ops.square(model(x, training=True) - y))

    y = ROWS.sum(axis=1, keepdims=True)
    game = Game([Player("only", model, loss, keras.optimizers.SGD(0.1))])
    history = game.fit(ROWS, y, batch_size=64, verbose=0).history
    by_hand.compile(keras.optimizers.SGD(0.1), "mse")
    expected = by_hand.fit(ROWS, y, batch_size=64, verbose=0).history["loss"]
    np.testing.assert_allclose(history["only_loss"], expected, rtol=1e-5)
    for ours, theirs in zip(model.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_discriminator_that_was_frozen_before_it_was_compiled_learns() -> None:
    """Keras's old recipe froze it for the generator; there is nothing to freeze here.

    What is compiled on a part, before or after, is of no account.
    """
    generator, discriminator = small_model(2, 3), small_model(3, 1)
    discriminator.trainable = False
    combined = keras.Sequential([generator, discriminator])
    combined.compile("adam", "binary_crossentropy")
    with pytest.raises(DataError, match="player `judge`: has no variables that learn"):
        Game(two_players(generator, discriminator))
    discriminator.trainable = True
    game = Game(two_players(generator, discriminator))
    before = bytes_of([discriminator])
    game.fit(ROWS, verbose=0)
    assert all(a != b for a, b in zip(bytes_of([discriminator]), before, strict=True))


def test_a_player_that_was_frozen_later_is_refused_by_fit() -> None:
    game = small_game()
    game.parts["judge"][0].trainable = False
    with pytest.raises(DataError, match="all of its part is frozen"):
        game.fit(ROWS, verbose=0)


def test_losses_and_scores_are_in_the_history_by_the_players_names(whole) -> None:
    history = whole.history.history
    assert set(history) == {"judge_loss", "judge_accuracy", "maker_loss"}
    assert all(len(values) == 3 for values in history.values())
    assert 0 <= history["judge_accuracy"][0] <= 1


def test_steps_of_a_player_in_a_round() -> None:
    game = small_game(judge={"steps": 3}, maker={"optimizer": "sgd"})
    game.fit(ROWS, batch_size=16, verbose=0)
    judge, maker = game.optimizer.optimizers
    assert int(ops.convert_to_numpy(judge.iterations)) == 12
    assert int(ops.convert_to_numpy(maker.iterations)) == 4
    assert [type(each).__name__ for each in (judge, maker)] == ["Adam", "SGD"]


def test_an_optimizer_given_twice_is_copied() -> None:
    shared = keras.optimizers.Adam(0.02)
    game = small_game(judge={"optimizer": shared}, maker={"optimizer": shared})
    game.compile()
    assert not shared.built
    assert [float(o.learning_rate) for o in game.optimizer.optimizers] == [
        pytest.approx(0.02)
    ] * 2


@pytest.mark.slow
def test_another_seed_gives_other_bits(whole) -> None:
    other = small_game(seed=1)
    other.fit(ROWS, batch_size=16, epochs=3, verbose=0)
    assert bytes_of([other]) != bytes_of([whole])


def test_a_game_goes_on_from_a_checkpoint_with_the_same_bits(whole) -> None:
    first = small_game()
    first.fit(ROWS, batch_size=16, epochs=2, verbose=0)
    kept = captured(first, {"epochs": 2}, None)
    later = small_game()
    later.compile()
    put_back(later, kept)
    later.fit(ROWS, batch_size=16, epochs=3, initial_epoch=2, verbose=0)
    assert bytes_of([later]) == bytes_of([whole])


@pytest.mark.slow
def test_kerass_own_checkpoints_restore_weights_and_optimizers(tmp_path) -> None:
    path = tmp_path / "{epoch}.weights.h5"
    keep = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    game = small_game()
    game.fit(ROWS, batch_size=16, epochs=2, callbacks=[keep], verbose=0)
    other = small_game(seed=5)
    other.compile()
    other.load_weights(tmp_path / "2.weights.h5")
    for ours, theirs in zip(other.get_weights(), game.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    steps = [
        int(ops.convert_to_numpy(o.iterations)) for o in other.optimizer.optimizers
    ]
    assert steps == [8, 8]


class Stops(keras.callbacks.Callback):
    """Somebody presses Ctrl-C in the second epoch."""

    epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (1, 2):
            raise KeyboardInterrupt


def test_a_game_that_was_stopped_goes_on_with_the_same_bits(whole) -> None:
    game = small_game()
    with pytest.raises(KeyboardInterrupt):
        game.fit(ROWS, batch_size=16, epochs=3, callbacks=[Stops()], verbose=0)
    game.fit(ROWS, batch_size=16, epochs=3, initial_epoch=1, verbose=0)
    assert bytes_of([game]) == bytes_of([whole])


def test_rows_by_name_reach_the_loss() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    seen = []

    def loss(batch, game):
        seen.append({name: tuple(value.shape) for name, value in batch.items()})
        return ops.mean(model(batch["a"], training=True))

    Game([Player("only", model, loss)]).fit(
        {"a": ROWS, "b": ROWS[:, 0]}, batch_size=16, verbose=0
    )
    assert {name: shape[1:] for name, shape in seen[-1].items()} == {
        "a": (3,),
        "b": (),
    }


def test_a_loss_that_is_no_number_stops_and_gives_the_weights_back() -> None:
    rows = ROWS.copy()
    rows[3, 1] = np.nan
    game = small_game()
    before = game.get_weights()
    with pytest.raises(TrainingError, match="epoch 1: `judge_loss` is no longer"):
        game.fit(rows, verbose=0)
    for ours, theirs in zip(game.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda g: g.compile(optimizer="adam"), "takes no `optimizer` here"),
        (lambda g: g.fit(ROWS, validation_split=0.1), "no validation loss"),
        (lambda g: g(ROWS), "has no outputs of its own"),
        (lambda g: g.fit(ROWS, ROWS[:5]), "different numbers of rows: 64, 5"),
        (lambda g: g.fit(ROWS[:0]), "at least one row"),
    ],
)
def test_what_a_game_has_not(call, words) -> None:
    with pytest.raises(DataError, match=words):
        call(small_game())


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda batch, game: batch, r"must be a scalar, e.g. a mean. .*, 3\)"),
        (lambda batch, game: None, "must be a scalar"),
        (
            lambda batch, game: (ops.sum(batch), {}),
            "does not tell the score `accuracy`",
        ),
    ],
)
def test_a_loss_of_another_form_is_refused(loss, words) -> None:
    with pytest.raises(DataError, match=f"player `judge`: its loss .*{words}"):
        small_game(judge={"loss": loss}).fit(ROWS, verbose=0)
