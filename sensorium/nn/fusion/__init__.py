"""Fusion: several encoded inputs and their presence in, one vector a row out.

`FUSIONS` is the table of the role: the word in a document -> the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.nn.fusion.base import Fusion
    from sensorium.nn.fusion.concat import ConcatFusion as Concat

FUSIONS = {"concat": "sensorium.nn.fusion.concat:ConcatFusion"}

__all__ = ["FUSIONS", "Concat", "Fusion"]

__getattr__ = lazy(
    {
        "Concat": "sensorium.nn.fusion.concat:ConcatFusion",
        "Fusion": "sensorium.nn.fusion.base:Fusion",
    }
)
