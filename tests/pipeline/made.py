"""Tables and recipes that train in a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

import sensorium as sm
from sensorium.network import Network
from sensorium.pipeline.embeddings import Embeddings
from sensorium.pipeline.learning import (
    Places,
    Report,
    _network,
    silent,
    train_prepared,
)
from sensorium.pipeline.prepare import Prepared, prepare
from sensorium.pipeline.staging import Staged, Stager
from sensorium.pipeline.storage import MemoryCollector
from sensorium.run.saved import Trained
from sensorium.training import Step, train
from sensorium.training.checkpoint import begin_random
from sensorium.training.freezing import check_frozen, fingerprints, parts_of

ROWS = 48
ENCODER = {"type": "mlp", "units": 4, "num_layers": 1, "dropout": 0.2}
INPUTS = {
    "x": {"type": "number", "encoder": ENCODER},
    "z": {"type": "number", "encoder": ENCODER},
}
OUTPUTS = {"y": {"type": "classification"}, "price": {"type": "regression"}}
QUICK = {"epochs": 1, "batch_size": 16}


def frame(rows: int = ROWS, seed: int = 0) -> pl.DataFrame:
    """Two inputs, two outputs that follow from them, and further labels."""
    draw = np.random.default_rng(seed)
    x, z = draw.normal(size=(2, rows))
    return pl.DataFrame(
        {
            "x": x,
            "z": z,
            "y": np.where(x + z > 0, "yes", "no"),
            "price": 3 * x - z + 100,
            "kind": np.array(["a", "b", "c"])[draw.integers(0, 3, rows)],
        }
    )


def recipe_of(data: Any = None, **changes: Any) -> sm.Recipe:
    """A recipe of `frame()`; keywords replace its keys."""
    document = {
        "inputs": INPUTS,
        "outputs": OUTPUTS,
        "fusion": {"type": "concat", "units": 4, "dropout": 0.2},
        "split": {"valid": 0.2},
        "stages": [QUICK],
    }
    return sm.Recipe(frame() if data is None else data, **{**document, **changes})


def prepared(recipe: sm.Recipe) -> Prepared:
    """The recipe's rows, encoded in memory."""
    return prepare(recipe, MemoryCollector())


def trained(
    recipe: sm.Recipe,
    rows: Prepared | None = None,
    report: Report = silent,
    places: Places | None = None,
) -> Trained:
    """The recipe's network, trained."""
    rows = prepared(recipe) if rows is None else rows
    return train_prepared(recipe, rows, report=report, places=places or Places())


def bits(network: Network) -> dict[str, bytes]:
    """All weights by name, byte by byte."""
    return {n: w.tobytes() for n, w in network.weights_by_name().items()}


def changed(
    before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> dict[str, set[str]]:
    """The parts that have arrays that changed, and those arrays."""
    found: dict[str, set[str]] = {}
    for name, value in after.items():
        if before[name] != value:
            found.setdefault(name.partition("/")[0], set()).add(name)
    return found


def stager_of(recipe: sm.Recipe, rows: Prepared) -> Stager:
    """A stager of the recipe's network as it begins."""
    return Stager(recipe, rows, _network(recipe, rows, {}), Embeddings(rows, None))


def take(stager: Stager, step: Step) -> Staged:
    """Trains one step, and compares what is frozen before and after."""
    staged = stager.staged(step)
    parts = parts_of(stager.network)
    before = fingerprints({n: p for n, p in parts.items() if n not in step.learn})
    begin_random(staged.model, stager.recipe.seed, step.name)
    train(
        staged.model,
        step.stage,
        staged.training,
        staged.validation,
        rates=staged.rates,
    )
    check_frozen(before, parts, step.name)
    return staged
