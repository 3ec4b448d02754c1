"""Games: players that each change a part of their own by a loss of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.games.game import Game
    from sensorium.games.player import Player

__all__ = ["Game", "Player"]

_HOMES = {
    "Game": "sensorium.games.game:Game",
    "Player": "sensorium.games.player:Player",
}

__getattr__ = lazy(_HOMES)
