"""Stages and the way they are trained. `Stage` needs no Keras; the rest does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy
from sensorium.training.stage import Stage
from sensorium.training.stages import STAGES
from sensorium.training.step import Parts, Step

if TYPE_CHECKING:
    from sensorium.training.trainer import History, train

__all__ = ["STAGES", "History", "Parts", "Stage", "Step", "train"]

__getattr__ = lazy(
    {name: f"sensorium.training.trainer:{name}" for name in ("History", "train")}
)
