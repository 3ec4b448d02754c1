"""The run folder and the artifact: save, load, verify, predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.run.predictor import Predictor
    from sensorium.run.saved import SavedRun, Trained, load_run, save_run

__all__ = ["Predictor", "SavedRun", "Trained", "load_run", "save_run"]

__getattr__ = lazy(
    {
        "Predictor": "sensorium.run.predictor:Predictor",
        **{
            name: f"sensorium.run.saved:{name}"
            for name in ("SavedRun", "Trained", "load_run", "save_run")
        },
    }
)
