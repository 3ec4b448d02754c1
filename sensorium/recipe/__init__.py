"""The whole document: data, split, inputs, fusion, outputs, stages.

Declaring and checking need no Keras; `build_network` does, and is loaded when used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy
from sensorium.recipe.declaration import Recipe
from sensorium.recipe.json_schema import json_schema

if TYPE_CHECKING:
    from sensorium.recipe.build import build_network

__all__ = ["Recipe", "build_network", "json_schema"]

__getattr__ = lazy({"build_network": "sensorium.recipe.build:build_network"})
