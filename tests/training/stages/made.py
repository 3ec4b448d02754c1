"""Parts of a network, and the steps of a stage over them."""

from __future__ import annotations

from sensorium.training import Parts, Stage, Step

PARTS = Parts(("photo", "sound"), ("sold", "price"), trunk=True)
TOP = ("fusion", "trunk", "sold", "price")

# One value that is not the default for each setting that all kinds of stages share.
SHARED = {
    "epochs": 3,
    "name": "mine",
    "table": "other",
    "batch_size": 5,
    "learning_rate": {"photo": 0.25},
    "optimizer": {"type": "sgd", "momentum": 0.5},
    "warmup": 0.125,
    "schedule": "constant",
    "patience": 2,
    "monitor": "scaled",
    "mixing": "equal",
    "balance": "fixed",
    "augment": {"photo": {"noise": 0.5}},
}


def only_step(stage: Stage) -> Step:
    """The one step of a stage over `PARTS`."""
    [step] = stage.steps(PARTS)
    return step
