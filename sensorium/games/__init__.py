"""Games: players that each change a part of their own by a loss of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.games.conditional import ConditionalGAN
    from sensorium.games.game import Game
    from sensorium.games.gan import GAN
    from sensorium.games.player import Player
    from sensorium.games.saving import load
    from sensorium.games.wasserstein import WGANGP

__all__ = ["GAN", "WGANGP", "ConditionalGAN", "Game", "Player", "load"]

_HOMES = {
    "ConditionalGAN": "sensorium.games.conditional:ConditionalGAN",
    "GAN": "sensorium.games.gan:GAN",
    "load": "sensorium.games.saving:load",
    "WGANGP": "sensorium.games.wasserstein:WGANGP",
    "Game": "sensorium.games.game:Game",
    "Player": "sensorium.games.player:Player",
}

__getattr__ = lazy(_HOMES)
