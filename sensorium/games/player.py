"""Who plays: a part of a model, and what it wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from sensorium.errors import DataError, listing, near, sentence
from sensorium.training.optimizer_documents import OPTIMIZERS

Loss = Callable[[Any, Any], Any]


@dataclass(frozen=True, eq=False)
class Player:
    """One player of a game: it changes its own part, and nothing else, by its own loss.

    Args:
        name: What history and messages call it.
        part: A built Keras layer or model, or several of them.
        loss: `loss(batch, game)`, written in `keras.ops`, gives a scalar; or a scalar
            and a mapping with a scalar for each of `scores`. `batch` is what `fit`
            was given, without changes: `x`, or `(x, y)`. It calls the parts of all
            players with `training=True`; `game.noise` draws random numbers.
        optimizer: A Keras optimizer's name, or one, of which a copy is made.
        steps: Steps in each round, from 1; each on the same batch.
        scores: What the loss tells beside its value; the history calls them
            `<player>_<score>`.
    """

    name: str
    part: Any
    loss: Loss
    optimizer: Any = "adam"
    steps: int = 1
    scores: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not str(self.name).isidentifier():
            text = "the name of a player must be a word of letters, digits and `_`"
            raise DataError(sentence("Player", text, self.name))
        if not self.layers or not all(
            isinstance(layer, keras.layers.Layer) for layer in self.layers
        ):
            text = "`part` must be a Keras layer or model, or a list of them"
            raise DataError(sentence(self.where, text, self.part))
        loss: Any = self.loss
        if not callable(loss):
            text = "`loss` must be a function of a batch and the game"
            raise DataError(sentence(self.where, text, self.loss))
        if type(self.steps) is not int or self.steps < 1:
            text = "`steps` must be a whole number from 1"
            raise DataError(sentence(self.where, text, self.steps))

    @property
    def where(self) -> str:
        """How messages call it."""
        return f"player `{self.name}`"

    @property
    def layers(self) -> list[Any]:
        """Its part, as a list."""
        several = isinstance(self.part, (list, tuple))
        return list(self.part) if several else [self.part]

    @property
    def learns(self) -> list[Any]:
        """The variables that it changes by its loss."""
        found = {id(v): v for layer in self.layers for v in layer.trainable_variables}
        return list(found.values())

    @property
    def owns(self) -> list[Any]:
        """All its variables: also statistics and states of random numbers."""
        found = {id(v): v for layer in self.layers for v in layer.variables}
        return list(found.values())

    def new_optimizer(self) -> Any:
        """An optimizer of its own.

        Raises:
            DataError: If Keras knows none of this name.
        """
        given = self.optimizer
        if isinstance(given, keras.optimizers.Optimizer):
            return keras.optimizers.deserialize(keras.optimizers.serialize(given))
        if isinstance(given, str) and given.lower() in OPTIMIZERS:
            return keras.optimizers.get(given)
        text = "`optimizer` must be a Keras optimizer or the name of one"
        fix = near(given, OPTIMIZERS) if isinstance(given, str) else ""
        raise DataError(sentence(self.where, text, given, fix))


def check_players(players: Sequence[Player]) -> None:
    """Looks whether a game can be played.

    Args:
        players: The players.

    Raises:
        DataError: If there are none, two have one name, one has nothing to change, or
            two have the same variable.
    """
    if not players or not all(isinstance(player, Player) for player in players):
        text = "expected a list of at least one `Player`"
        raise DataError(sentence("Game", text, players))
    names = [player.name for player in players]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        text = f"two players are called `{twice[0]}`"
        raise DataError(sentence("Game", text, fix="Give each a name of its own."))
    for player in players:
        check_learns(player)
    _check_apart(players)


def check_learns(player: Player) -> None:
    """Looks whether a player has something to change.

    Args:
        player: The player.

    Raises:
        DataError: If it has not: its part is not built, has no weights, or is frozen.
    """
    if player.learns:
        return
    unbuilt = [f"`{layer.name}`" for layer in player.layers if not layer.built]
    if unbuilt:
        text = f"has no variables: {listing(unbuilt)} is not built"
        fix = "Begin it with `keras.Input(shape)`, or call it once on an example."
    elif player.owns:
        text = "has no variables that learn: all of its part is frozen"
        fix = "Set its `trainable` to true. A player changes its own part only, so "
        fix += "nothing has to be frozen against the others."
    else:
        text = "has no variables: no layer of its part has weights"
        fix = "Give it the model that learns by this loss."
    raise DataError(sentence(player.where, text, fix=fix))


def _check_apart(players: Sequence[Player]) -> None:
    owner: dict[int, Player] = {}
    for player in players:
        shared = [v for v in player.owns if owner.get(id(v), player) is not player]
        if shared:
            other = owner[id(shared[0])]
            paths = [f"`{variable.path}`" for variable in shared]
            text = f"both have the variable {listing(paths, 3)}"
            fix = "Each variable must belong to one player: take the layer out of one "
            fix += "of both parts. A loss may call the parts of all players."
            where = f"players `{other.name}` and `{player.name}`"
            raise DataError(sentence(where, text, fix=fix))
        owner.update((id(variable), player) for variable in player.owns)
