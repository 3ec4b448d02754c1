"""Training a recipe on rows that are prepared."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from sensorium.data.store import take
from sensorium.errors import TrainingError
from sensorium.network import Network
from sensorium.pipeline.prepare import Prepared
from sensorium.recipe import Recipe, build_network
from sensorium.run.saved import GOLDEN_ROWS, Trained, versions
from sensorium.training import History, Stage, train
from sensorium.training.dataset import EncodedBatches, split_labels
from sensorium.training.engine import engine

Report = Callable[[str, Mapping[str, Any]], None]


def silent(event: str, values: Mapping[str, Any]) -> None:
    """A report that shows nothing.

    Args:
        event: What happens.
        values: Its values.
    """


def train_prepared(
    recipe: Recipe,
    prepared: Prepared,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    report: Report = silent,
) -> Trained:
    """Builds the recipe's network and trains it, stage after stage.

    Args:
        recipe: The document.
        prepared: Its features, fitted, and its encoded rows.
        callbacks: Keras callbacks for every stage.
        report: Told of stages and epochs.

    Raises:
        TrainingError: If the loss is no number any more, or if training was stopped
            before its first epoch ended.
    """
    network = _network(recipe, prepared)
    histories: list[History] = []
    for stage in recipe.trained_stages():
        training, valid = _batches(prepared, stage, recipe.seed)
        report("stage", {"name": stage.name, "epochs": stage.epochs})
        progress = _epochs(report)
        histories.append(
            train(
                network,
                stage,
                training,
                valid,
                callbacks=callbacks,
                progress=progress,
            )
        )
        if histories[-1].interrupted:
            break
    if not any(history.epochs for history in histories):
        raise TrainingError("stopped before the first epoch ended; nothing is saved.")
    metadata = {
        "versions": versions(),
        "rows": prepared.rows(),
        "history": [_finite(dataclasses.asdict(history)) for history in histories],
    }
    shown = np.arange(min(GOLDEN_ROWS, prepared.rows()["train"]))
    golden, _ = split_labels(take(prepared.parts["train"], shown))
    parts = (prepared.features, prepared.targets)
    return Trained(recipe, *parts, network, metadata, golden)


def _network(recipe: Recipe, prepared: Prepared) -> Network:
    keras.utils.set_random_seed(recipe.seed)
    engine().prepare(recipe.seed)
    network = build_network(recipe, prepared.features, prepared.targets)
    _adapt(network, prepared)
    return network


def _adapt(network: Any, prepared: Prepared) -> None:
    # Scales and class weights come from the training rows, as the features do.
    targets: dict[str, Any] = dict(prepared.targets)
    for name, target in targets.items():
        if target.kind == "number":
            network.heads[name].adapt(**target.target_statistics())
        elif target.kind == "category":
            network.heads[name].adapt(target.counts_, target.classes_)


def _batches(
    prepared: Prepared, stage: Stage, seed: int
) -> tuple[EncodedBatches, EncodedBatches | None]:
    held = prepared.rows()
    rows = stage.rows_a_step(held["train"])

    def batches(part: str, rows: int, shuffle: bool) -> EncodedBatches:
        return EncodedBatches(
            prepared.parts[part],
            batch_size=rows,
            seed=seed,
            stage=stage.name,
            shuffle=shuffle,
        )

    training = batches("train", rows, True)
    if "valid" not in held:
        return training, None
    # A loss is the mean over batches: one with few rows must not weigh like the rest.
    steps = -(-held["valid"] // rows)
    return training, batches("valid", -(-held["valid"] // steps), False)


def _finite(history: dict[str, Any]) -> dict[str, Any]:
    # A metric is NaN in an epoch without labels of its output; JSON knows no NaN.
    epochs = [
        {name: value if np.isfinite(value) else None for name, value in epoch.items()}
        for epoch in history["epochs"]
    ]
    return {**history, "epochs": epochs}


def _epochs(tell: Report) -> Callable[[int, Mapping[str, float]], None]:
    return lambda epoch, values: tell("epoch", {"epoch": epoch, **values})
