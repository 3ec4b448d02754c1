"""Models that play against each other, or with each other, trained by one `fit`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from sensorium.data.order import key
from sensorium.engine import engine
from sensorium.errors import DataError, TrainingError, sentence
from sensorium.games.player import Player, check_learns, check_players
from sensorium.games.rounds import Rounds
from sensorium.training.checkpoint import Checkpoint, captured, put_back


@keras.saving.register_keras_serializable("sensorium")
class Game(keras.Model):
    """Trains each player's part by the player's own loss, and by no other.

    In a round, which is a batch, the players act in their order; each sees what those
    before it have become. In a player's step the others' variables keep their bits:
    weights, statistics of batch normalisation and states of random numbers. So nothing
    is ever frozen, nor compiled apart.

    `history` has `<player>_loss` and the players' further scores. A game has no
    validation loss: what players lose against each other does not say how good they
    are. The rows that do not fill a batch are left out of an epoch; they differ from
    epoch to epoch, as the order is a function of seed and epoch.

    Args:
        players: The players, in the order in which they act.
        seed: Decides noise and order of rows.
        **kwargs: Keras's own, e.g. `name`.
    """

    def __init__(
        self, players: Sequence[Player], *, seed: int = 0, **kwargs: Any
    ) -> None:
        check_players(players)
        super().__init__(**kwargs)
        self.seed = seed
        self.parts = {player.name: player.layers for player in players}
        self.random = keras.random.SeedGenerator(key(seed, "game/noise") % 2**31)
        self._players = _Untracked(players)
        self._told = {
            name: keras.metrics.Mean(name=name)
            for player in players
            for name in _told_by(player)
        }
        self.built = True

    @property
    def players(self) -> tuple[Player, ...]:
        """The players, in the order in which they act."""
        return self._players.held

    def noise(self, shape: Sequence[int]) -> Any:
        """Draws standard normal numbers; others in each step, the same for a seed.

        Args:
            shape: Their shape, e.g. `(ops.shape(batch)[0], 64)`.
        """
        return ops.convert_to_tensor(
            keras.random.normal(tuple(shape), seed=self.random), "float32"
        )

    def uniform(self, shape: Sequence[int]) -> Any:
        """Draws numbers from [0, 1); others in each step, the same for a seed.

        Args:
            shape: Their shape.
        """
        return ops.convert_to_tensor(
            keras.random.uniform(tuple(shape), seed=self.random), "float32"
        )

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise DataError(
            sentence("Game", "has no outputs of its own", fix="Call a player's part.")
        )

    # --- training ---

    def compile(self, **kwargs: Any) -> None:
        """Makes the players' optimizers; `fit` does it where nobody has.

        Args:
            **kwargs: Keras's own, without those that say what is optimized, e.g.
                `run_eagerly`.
        """
        taken = {"optimizer", "loss", "loss_weights", "metrics", "weighted_metrics"}
        given = sorted(taken & set(kwargs))
        if given:
            text = f"takes no `{given[0]}` here"
            fix = "Each player has a loss and an optimizer of its own."
            raise DataError(sentence("Game.compile", text, fix=fix))
        check_players(self.players)
        owned = _Owned(self.players)
        super().compile(optimizer=keras.optimizers.MultiOptimizer(owned), **kwargs)
        self._optimizers = _Untracked([owned.of[p.name] for p in self.players])
        self.optimizer.build(self.trainable_variables)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        *,
        batch_size: int = 64,
        epochs: int = 1,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        rows: Any = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Plays rounds over rows, as `keras.Model.fit` does.

        Args:
            x: Rows: an array, or arrays by name; or a Keras data set of batches.
            y: Further arrays of the same rows, or `None`.
            batch_size: Rows a round; all of them where there are fewer.
            epochs: Passes over the rows.
            callbacks: Keras callbacks, e.g. `ModelCheckpoint`.
            rows: Of arrays, the positions of the rows to use; `None` is all.
            **kwargs: Keras's own, e.g. `verbose`, `initial_epoch`.

        Returns:
            Keras's history: losses and scores by name, one value an epoch.

        Raises:
            DataError: If the rows cannot be used, or a player has become frozen.
            TrainingError: If a loss is no longer a number. The game is as it was
                before that epoch then, as it is after Ctrl-C.
        """
        if kwargs.get("validation_data") or kwargs.get("validation_split"):
            text = "a game has no validation loss"
            fix = "Look at what the players make, e.g. by a callback."
            raise DataError(sentence("Game.fit", text, fix=fix))
        for player in self.players:
            check_learns(player)
        if not self.compiled:
            self.compile()
        arrays = _are_arrays(x)
        given = Rounds(x, y, batch_size, self.seed, rows) if arrays else x
        if isinstance(given, Rounds):
            kwargs["shuffle"] = False  # Keras would shuffle the batches once more
        watch = _Watch(given)
        every = [watch, *(callbacks or ())]
        try:
            return super().fit(given, epochs=epochs, callbacks=every, **kwargs)
        except KeyboardInterrupt:
            watch.go_back(self)  # of a step half done, JAX leaves no variables
            raise

    def train_step(self, *arguments: Any) -> Any:
        """What Keras calls for each batch."""
        return engine().train_step(self, self._round, *arguments)

    def _round(self, batch: Any) -> dict[str, Any]:
        if isinstance(batch, (tuple, list)) and len(batch) == 1:
            batch = batch[0]
        for player, optimizer in zip(self.players, self._optimizers.held, strict=True):
            for _ in range(player.steps):
                self._act(player, optimizer, batch)
        return {name: metric.result() for name, metric in self._told.items()}

    def _act(self, player: Player, optimizer: Any, batch: Any) -> None:
        learns = player.learns
        with _kept(self._owned_by_others(player)):
            found = engine().differentiate(lambda: self._asked(player, batch), learns)
            gradients = found.pull(ops.ones((1,)))
        engine().apply(optimizer, gradients, learns)
        values = [found.losses[0], *(found.extra[name] for name in player.scores)]
        for name, value in zip(_told_by(player), values, strict=True):
            self._told[name].update_state(value)

    def _asked(self, player: Player, batch: Any) -> tuple[tuple[Any], dict[str, Any]]:
        told = player.loss(batch, self)
        loss, scores = told if isinstance(told, (tuple, list)) else (told, {})
        if not hasattr(loss, "shape") or tuple(loss.shape):
            text = "its loss must be a scalar, e.g. a mean"
            received = tuple(loss.shape) if hasattr(loss, "shape") else loss
            raise DataError(sentence(player.where, text, received))
        missing = [name for name in player.scores if name not in scores]
        if missing:
            text = f"its loss does not tell the score `{missing[0]}`"
            raise DataError(sentence(player.where, text, sorted(scores)))
        return (loss,), {
            name: ops.stop_gradient(ops.cast(scores[name], "float32"))
            for name in player.scores
        }

    def _owned_by_others(self, player: Player) -> list[Any]:
        others = [other for other in self.players if other is not player]
        return [variable for other in others for variable in other.owns]


class _Untracked:
    """Holds things that Keras must not look through."""

    def __init__(self, held: Sequence[Any]) -> None:
        self.held = tuple(held)


class _Owned:
    """The optimizer of each variable, in the form that Keras takes."""

    def __init__(self, players: Sequence[Player]) -> None:
        self.of = {player.name: player.new_optimizer() for player in players}
        self.owner = {id(v): player.name for player in players for v in player.learns}

    def __call__(self, variable: Any) -> Any:
        return self.of[self.owner[id(variable)]]

    def values(self) -> Collection[Any]:
        # By this Keras knows them before it has seen a variable.
        return self.of.values()


class _Watch(keras.callbacks.Callback):
    """Begins the epochs of rows, and stops on losses that are no numbers."""

    def __init__(self, rows: Any) -> None:
        super().__init__()
        self.rows = rows
        self.before: Checkpoint | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if isinstance(self.rows, Rounds):
            self.rows.begin(epoch)
        self.before = captured(self.model, {"epochs": epoch}, None)

    def go_back(self, game: keras.Model) -> None:
        """Gives a game the state from before the epoch."""
        if self.before is not None:
            put_back(game, self.before)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        wrong = [name for name, value in (logs or {}).items() if not np.isfinite(value)]
        if wrong:
            self.go_back(self.model)
            text = f"`{wrong[0]}` is no longer a number"
            fix = "Lower the learning rates, or look for values in the rows that are "
            fix += "no numbers. The weights are those from before the epoch."
            raise TrainingError(sentence(f"epoch {epoch + 1}", text, fix=fix))


@contextmanager
def _kept(variables: Sequence[Any]) -> Iterator[None]:
    """Gives variables their values back: of a step they keep nothing."""
    values = [ops.copy(variable) for variable in variables if _may_move(variable)]
    yield
    for variable, value in zip(filter(_may_move, variables), values, strict=True):
        variable.assign(value)


def _may_move(variable: Any) -> bool:
    """Whether computing may change it: weights that learn are not even touched."""
    return not variable.trainable


def _told_by(player: Player) -> list[str]:
    return [f"{player.name}_{name}" for name in ("loss", *player.scores)]


def _are_arrays(x: Any) -> bool:
    every = list(x.values()) if isinstance(x, dict) else [x]
    return all(isinstance(item, (np.ndarray, list)) for item in every)
