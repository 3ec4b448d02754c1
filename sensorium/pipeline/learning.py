"""Training a recipe on rows that are prepared: one step after the other."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from sensorium.data.store import take
from sensorium.engine import engine
from sensorium.errors import TrainingError
from sensorium.network import Network
from sensorium.pipeline.embeddings import Embeddings
from sensorium.pipeline.gallery import Gallery
from sensorium.pipeline.input_balancing import said
from sensorium.pipeline.playing import match_of, play
from sensorium.pipeline.prepare import Prepared
from sensorium.pipeline.stacking import combination, learn_combination
from sensorium.pipeline.staging import Staged, Stager
from sensorium.pipeline.step_keys import step_keys
from sensorium.recipe import Recipe, build_network
from sensorium.recipe.build import adapt_head
from sensorium.run.saved import GOLDEN_ROWS, Trained, versions
from sensorium.run.states import (
    Midway,
    StageState,
    StageStore,
    drop_midway,
    load_midway,
    save_midway,
)
from sensorium.training import History, train
from sensorium.training.checkpoint import Checkpoint, begin_random
from sensorium.training.dataset import split_labels
from sensorium.training.freezing import (
    check_frozen,
    fingerprints,
    freeze,
    learners,
    let_learn,
    parts_of,
)
from sensorium.training.step import Step
from sensorium.training.trainer import States

Report = Callable[[str, Mapping[str, Any]], None]
SHARE = 0.04
"""Most of the time that writing states takes, as a share."""


def silent(event: str, values: Mapping[str, Any]) -> None:
    """A report that shows nothing.

    Args:
        event: What happens.
        values: Its values.
    """


@dataclasses.dataclass(frozen=True)
class Places:
    """Where training keeps what it can go on from.

    Args:
        cache: Folder of finished stages and of encodings; `None` keeps none.
        run: The run's folder, for the state of a stage in the middle, or `None`.
        resume: Whether to go on from that state.
    """

    cache: Path | None = None
    run: Path | None = None
    resume: bool = False


def train_prepared(
    recipe: Recipe,
    prepared: Prepared,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    report: Report = silent,
    places: Places = Places(),
    loaded: Mapping[str, Any] = MappingProxyType({}),
) -> Trained:
    """Builds the recipe's network and trains it, stage after stage.

    Args:
        recipe: The document.
        prepared: Its features, fitted, and its encoded rows.
        callbacks: Keras callbacks for every stage; with some, no stage is taken from
            an earlier run.
        report: Told of stages and epochs.
        places: Where states are kept.
        loaded: The encoders that come from files and earlier runs, by input.

    Raises:
        TrainingError: If the loss is no number any more, if frozen weights changed, or
            if training was stopped before its first epoch ended.
    """
    network = _network(recipe, prepared, loaded)
    histories = _Learning(recipe, prepared, network, callbacks, report, places).run()
    if not any(history["epochs"] for history in histories):
        raise TrainingError("stopped before the first epoch ended; nothing is saved.")
    for part in parts_of(network).values():
        let_learn(part, True)  # for whoever goes on with the network by hand
    rows = prepared.rows()
    metadata = {"versions": versions(), "rows": rows, "history": histories}
    shown = np.arange(min(GOLDEN_ROWS, rows["train"]))
    golden, _ = split_labels(take(dict(prepared.parts["train"]), shown))
    targets = prepared.targets(recipe)
    return Trained(recipe, prepared.features, targets, network, metadata, golden)


class _Learning:
    """The steps of a recipe, each trained, resumed or taken from an earlier run."""

    def __init__(  # what `train_prepared` was given
        self,
        recipe: Recipe,
        prepared: Prepared,
        network: Network,
        callbacks: Sequence[keras.callbacks.Callback],
        report: Report,
        places: Places,
    ) -> None:
        self.network = network
        self.callbacks = callbacks
        self.report = report
        self.places = places
        self.seed = recipe.seed
        self.steps = recipe.steps()
        self.keys = step_keys(recipe, prepared, network)
        cache = None if callbacks else places.cache
        self.store = StageStore(cache)
        self.gallery = Gallery(places.run, cache)
        embeddings = Embeddings(prepared, places.cache)
        self.stager = Stager(recipe, prepared, network, embeddings)
        self.histories: list[dict[str, Any]] = []

    def run(self) -> list[dict[str, Any]]:
        """Takes all steps and returns their histories, plain data."""
        midway = self._midway()
        first = 0
        if midway is None:
            self.gallery.clear()
        else:
            first = self.keys.index(midway.key)
            self._load(midway.weights)
            for history in midway.histories:
                self._keep(history)
        for number in range(first, len(self.steps)):
            resumed = midway.checkpoint if midway and number == first else None
            if not self._taken(number, resumed):
                return self.histories
        if self.places.run is not None:
            drop_midway(self.places.run)
        return self.histories

    def _midway(self) -> Midway | None:
        if not self.places.resume or self.places.run is None:
            return None
        midway = load_midway(self.places.run)
        if midway is None or self.store.has(midway.key):
            return None
        if midway.key not in self.keys:
            self.report("changed", {})
            return None
        return midway

    def _taken(self, number: int, resumed: Checkpoint | None) -> bool:
        """Takes a step; false if the user stopped it."""
        key = self.keys[number]
        step = self.steps[number]
        state = None if resumed else self.store.load(key)
        is_game = step.objective == "game"
        if state is not None and is_game and not self.gallery.bring(step.name, key):
            state = None
        if state is not None:
            self._load(state.weights)
            self._keep(state.history)
            return True
        history = self._trained(number, resumed)
        plain = _finite(dataclasses.asdict(history))
        self.histories.append(plain)
        if history.interrupted:
            return False
        if is_game:
            self.gallery.finish(step.name, key)
        self.store.save(key, StageState(self._weights(number), plain))
        return True

    def _keep(self, history: Mapping[str, Any]) -> None:
        self.histories.append(dict(history))
        self.report("kept", {"name": history["stage"], "history": history})

    def _weights(self, number: int) -> dict[str, np.ndarray]:
        """The weights that steps up to this one have taught.

        All others are as they began. They do not count for the steps' keys: a fusion
        of another kind may have taken the place of the one there is now.
        """
        taught = {part for step in self.steps[: number + 1] for part in step.learn}
        weights = self.network.weights_by_name().items()
        return {name: w for name, w in weights if name.partition("/")[0] in taught}

    def _load(self, weights: Mapping[str, np.ndarray]) -> None:
        self.network.load_weights_by_name({**self.network.weights_by_name(), **weights})

    def _trained(self, number: int, resumed: Checkpoint | None) -> History:
        step, keeper = self.steps[number], self._keeper(number)
        if step.objective == "folds":
            return self._weighed(step)
        if step.objective == "game":
            return self._played(step, States(keeper, resumed))
        staged = self.stager.staged(step)
        self.report("stage", _told(step, staged, resumed))
        frozen = parts_of(self.network)
        before = fingerprints({n: p for n, p in frozen.items() if n not in step.learn})
        begin_random(staged.model, self.seed, step.name)
        try:
            history = train(
                staged.model,
                step.stage,
                staged.training,
                staged.validation,
                rates=staged.rates,
                callbacks=self.callbacks,
                progress=self._progress,
                states=States(keeper, resumed),
            )
        finally:
            if keeper is not None:  # also after Ctrl-C, and in a callback
                keeper.flush()
        check_frozen(before, frozen, step.name)
        history.stage = step.name
        history.learners = [dataclasses.asdict(row) for row in staged.learners]
        history.warnings += said(self.stager.prepared, step, staged.model, history)
        self.report("stage_end", {"name": step.name, "history": history})
        return history

    def _weighed(self, step: Step) -> History:
        """Learns how a late fusion weighs its members; it has no state in between."""
        freeze(self.network, step)
        table = learners(self.network, step)
        told = {"name": step.name, "epochs": step.folds, "learners": table}
        self.report("stage", {**told, "kept": [], "resumed": 0})
        history = learn_combination(
            self.stager, step, callbacks=self.callbacks, progress=self._progress
        )
        history.learners = [dataclasses.asdict(row) for row in table]
        self.report("stage_end", {"name": step.name, "history": history})
        if not history.interrupted:
            self.report("combination", {"weights": combination(self.network, step)})
        return history

    def _played(self, step: Step, states: States) -> History:
        """Teaches an encoder of pictures against a generator."""
        match = match_of(self.stager, step)
        done = states.resumed.epochs if states.resumed else 0
        told = {"name": step.name, "epochs": match.epochs, "learners": match.learners}
        self.report(
            "stage", {**told, "kept": [], "notes": match.notes, "resumed": done}
        )
        frozen = parts_of(self.network)
        before = fingerprints({n: p for n, p in frozen.items() if n not in step.learn})
        try:
            history = play(
                match,
                step,
                self.gallery,
                states,
                seed=self.seed,
                callbacks=self.callbacks,
                progress=self._progress,
            )
        finally:
            if isinstance(states.keep, _Keeper):
                states.keep.flush()
        check_frozen(before, frozen, step.name)
        history.learners = [dataclasses.asdict(row) for row in match.learners]
        self.report("stage_end", {"name": step.name, "history": history})
        return history

    def _progress(self, epoch: int, values: Mapping[str, float]) -> None:
        self.report("epoch", {"epoch": epoch, **values})

    def _keeper(self, number: int) -> _Keeper | None:
        folder = self.places.run
        if folder is None:
            return None
        key, before = self.keys[number], list(self.histories)
        weights = self._weights(number - 1)  # the checkpoint holds all others

        def write(checkpoint: Checkpoint) -> None:
            save_midway(folder, Midway(key, before, weights, _plain(checkpoint)))

        return _Keeper(write)


class _Keeper:
    """Writes states so rarely that it takes no more than `SHARE` of the time.

    The newest state is held in between, and written by `flush`: only a process that is
    killed loses it.
    """

    def __init__(self, write: Callable[[Checkpoint], None]) -> None:
        self._write = write
        self._held: Checkpoint | None = None
        self._due = 0.0

    def __call__(self, checkpoint: Checkpoint) -> None:
        """Takes a newer state."""
        self._held = checkpoint
        if time.perf_counter() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Writes the state that is held, if it is not written yet."""
        if self._held is None:
            return
        started = time.perf_counter()
        self._write(self._held)
        self._held = None
        ended = time.perf_counter()
        self._due = ended + (ended - started) / SHARE


def _told(step: Step, staged: Staged, resumed: Checkpoint | None) -> dict[str, Any]:
    return {
        "name": step.name,
        "epochs": step.stage.most_epochs(len(staged.training)),
        "learners": staged.learners,
        "kept": staged.kept,
        "notes": staged.notes,
        "resumed": resumed.epochs if resumed else 0,
    }


def _plain(checkpoint: Checkpoint) -> Checkpoint:
    document = dict(checkpoint.document)
    best = float(document["best"])
    document["best"] = best if np.isfinite(best) else None
    document["history"] = _finite(document["history"])
    return Checkpoint(document, checkpoint.arrays)


def _network(recipe: Recipe, prepared: Prepared, loaded: Mapping[str, Any]) -> Network:
    keras.utils.set_random_seed(recipe.seed)
    engine().prepare(recipe.seed)
    targets = prepared.targets(recipe)
    network = build_network(recipe, prepared.features, targets, loaded)
    for name, head in network.heads.items():
        # Scales and class weights come from the training rows, as the features do.
        adapt_head(head, targets.get(name))
    return network


def _finite(history: Mapping[str, Any]) -> dict[str, Any]:
    # A metric is NaN in an epoch without labels of its output; JSON knows no NaN.
    epochs = [
        {
            name: value if value is not None and np.isfinite(value) else None
            for name, value in epoch.items()
        }
        for epoch in history["epochs"]
    ]
    return {**history, "epochs": epochs}
