"""The use cases: fit, load, evaluate, predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.pipeline.fitting import fit
    from sensorium.pipeline.run import Run, load

__all__ = ["Run", "fit", "load"]

__getattr__ = lazy(
    {
        "Run": "sensorium.pipeline.run:Run",
        "fit": "sensorium.pipeline.fitting:fit",
        "load": "sensorium.pipeline.run:load",
    }
)
