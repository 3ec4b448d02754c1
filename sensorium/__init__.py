"""Sensorium joins encoders of different inputs into one Keras model.

Importing it loads neither Keras nor a backend: names are loaded when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._backend import choose
from sensorium._lazy import lazy
from sensorium._version import __version__ as __version__

if TYPE_CHECKING:
    from sensorium import encoders as encoders
    from sensorium import features as features
    from sensorium import games as games
    from sensorium.data import Table, join_tables, read
    from sensorium.features import (
        Category,
        Flags,
        Image,
        Number,
        Signal,
        Text,
        Time,
        Vector,
    )
    from sensorium.network import Network, join
    from sensorium.nn import decoders as decoders
    from sensorium.nn import fusion as fusion
    from sensorium.nn import heads as heads
    from sensorium.pipeline import Run, fit, load
    from sensorium.recipe import Recipe
    from sensorium.training import Stage

__all__ = [
    "Category",
    "Flags",
    "Image",
    "Network",
    "Number",
    "Recipe",
    "Run",
    "Signal",
    "Stage",
    "Table",
    "Text",
    "Time",
    "Vector",
    "balance",
    "decoders",
    "encoders",
    "fit",
    "fusion",
    "games",
    "heads",
    "join",
    "join_tables",
    "load",
    "read",
]

_HOMES = {
    "sensorium.features": "Category Flags Image Number Signal Text Time Vector",
    "sensorium.data": "Table join_tables read",
    "sensorium.network": "Network join",
    "sensorium.pipeline": "Run fit load",
    "sensorium.recipe": "Recipe",
    "sensorium.training": "Stage",
}

choose()

__getattr__ = lazy(
    {
        **{n: f"{home}:{n}" for home, names in _HOMES.items() for n in names.split()},
        "balance": "sensorium.nn.balance",
        "decoders": "sensorium.nn.decoders",
        "encoders": "sensorium.encoders",
        "fusion": "sensorium.nn.fusion",
        "games": "sensorium.games",
        "heads": "sensorium.nn.heads",
    }
)
