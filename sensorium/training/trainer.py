"""One stage of training through `keras.Model.fit`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from sensorium.errors import TrainingError, listing, sentence
from sensorium.network import Network
from sensorium.training.averaging import Averages, average_weights
from sensorium.training.balancing import GradientRecord
from sensorium.training.checkpoint import Checkpoint, captured, put_back
from sensorium.training.dataset import EncodedBatches
from sensorium.training.freezing import variable_owners
from sensorium.training.input_balance import (
    check_rows,
    fused_outputs,
    loss_weights,
    steering,
    watching_inputs,
)
from sensorium.training.mixing import MixedBatches
from sensorium.training.monitor import Monitor
from sensorium.training.optimizer import build_optimizers
from sensorium.training.optimizer_documents import averages_by_default, is_by_part
from sensorium.training.stage import Stage

Progress = Callable[[int, Mapping[str, float]], None]
Keep = Callable[[Checkpoint], None]
Rows = EncodedBatches | MixedBatches


@dataclass
class History:
    """What one stage did.

    Args:
        stage: The stage's name.
        epochs: One mapping an epoch: `epoch` (from 1), `seconds`, losses and metrics.
        best_epoch: The epoch (from 1) whose weights were kept.
        best_epochs: Outputs whose head was kept from another epoch, and which.
        interrupted: Whether the user stopped it.
        learners: Who learned, how many weights, how fast: one mapping a part.
        warnings: Sentences about what went wrong in it, and what would help.
    """

    stage: str
    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    best_epochs: dict[str, int] = field(default_factory=dict)
    interrupted: bool = False
    learners: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class States:
    """States of a stage from epoch to epoch.

    Args:
        keep: Called after each epoch with the whole state.
        resumed: The state to go on from; the result has the bits of an unbroken stage.
    """

    keep: Keep | None = None
    resumed: Checkpoint | None = None


class _Recorder(keras.callbacks.Callback):
    """Records epochs, keeps the best weights, and stops on numbers that are none."""

    def __init__(
        self, history: History, parts: Mapping[str, Rows], monitor: Monitor
    ) -> None:
        super().__init__()
        self.history = history
        self.parts = parts
        self.monitor = monitor
        self.best = np.inf
        self.best_weights: list[np.ndarray] | None = None
        self.before: list[np.ndarray] = []
        self.started = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        # Keras says that an epoch has ended when it only looked at the first batch.
        self.parts["training"].begin(epoch)
        self.started = time.perf_counter()
        self.before = self.model.get_weights()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        losses = [values[name] for name in ("loss", "val_loss") if name in values]
        weights = self.model.get_weights()
        # The last step of an epoch can spoil the weights and no loss shows it yet.
        if not all(np.isfinite(value).all() for value in [*losses, *weights]):
            self.model.set_weights(self.before)
            raise _diverged(self.model, self.parts, epoch)
        seconds = time.perf_counter() - self.started
        self.history.epochs.append({"epoch": epoch + 1, "seconds": seconds, **values})
        self.monitor.see(epoch + 1, values)
        score = self.monitor.score(epoch + 1, values)
        if score < self.best or self.best_weights is None:
            self.best, self.history.best_epoch = score, epoch + 1
            self.best_weights = weights


class _Patience(keras.callbacks.Callback):
    """Stops when what is monitored has not improved for some epochs."""

    def __init__(self, recorder: _Recorder, patience: int) -> None:
        super().__init__()
        self.recorder = recorder
        self.patience = patience

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.is_over(epoch + 1):
            self.model.stop_training = True

    def is_over(self, epochs: int) -> bool:
        """Whether training stops after as many epochs."""
        gain = self.recorder.monitor.last_gain
        return epochs - max(self.recorder.history.best_epoch, gain) >= self.patience


class _Keeper(keras.callbacks.Callback):
    """Hands over the whole state at the end of every epoch."""

    def __init__(self, recorder: _Recorder, keep: Keep) -> None:
        super().__init__()
        self.recorder = recorder
        self.keep = keep

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        held = self.recorder
        document = {
            "epochs": epoch + 1,
            "history": asdict(held.history),
            "best": held.best,
        }
        found = captured(self.model, document, held.best_weights)
        arrays = {**found.arrays, **held.monitor.arrays()}
        self.keep(Checkpoint(document, arrays))


class _Teller(keras.callbacks.Callback):
    """Tells of every epoch, when all of it is kept."""

    def __init__(self, recorder: _Recorder, progress: Progress) -> None:
        super().__init__()
        self.recorder = recorder
        self.progress = progress

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        told = self.recorder.history.epochs[-1].items()
        known = ("epoch", "seconds")
        self.progress(epoch + 1, {k: v for k, v in told if k not in known})


def train(  # a stage, its rows, and what looks on
    network: keras.Model,
    stage: Stage,
    training: Rows,
    validation: Rows | None = None,
    *,
    rates: Mapping[int, float] = MappingProxyType({}),
    callbacks: Sequence[keras.callbacks.Callback] = (),
    progress: Progress | None = None,
    states: States = States(),
) -> History:
    """Trains a network for one stage and leaves it with the best epoch's weights.

    The best epoch is the one of the lowest score that the stage monitors, or the last
    one when there are no labels to validate by. Ctrl-C ends the stage early; the best
    weights so far are kept and `interrupted` is set.

    Args:
        network: A network; it is compiled here with an optimizer of its own.
        stage: What to do.
        training: Batches to learn from.
        validation: Batches to compare epochs by, or `None`.
        rates: Peak learning rate by a variable's `id`; empty for the stage's own.
        callbacks: Further Keras callbacks.
        progress: Called after each epoch with its number (from 1) and its values.
        states: The state to go on from, and where those of this call go.

    Raises:
        TrainingError: If the loss is no longer a number; it names rows at fault. The
            network has the weights from before that epoch then.
        RecipeError: If the stage monitors an output that cannot be validated.
    """
    history = History(stage.name)
    epochs = stage.most_epochs(len(training))
    check_rows(stage, validation)
    own = _compiled(network, stage, epochs * len(training), rates)
    balancing = _balancing(network, training)
    recorder = _recorder(history, Monitor(stage, network, validation), training)
    if states.resumed is not None:
        _go_on(network, recorder, own, states.resumed)
    inputs = watching_inputs(network, history.epochs)
    watching = _watching(recorder, stage.patience, states.keep, progress)
    every = [*own, *inputs, *balancing, *watching, *callbacks]
    numbers = range(_done(recorder, watching, epochs), epochs)
    try:
        _fit(network, training, validation, numbers, every)
    except KeyboardInterrupt:
        history.interrupted = True
    except TrainingError:
        network.set_weights(recorder.before)  # on the way out Keras puts averages there
        raise
    _take_best(network, recorder)
    for record in balancing:
        history.warnings += record.warnings(history.epochs, stage.balance is not None)
    return history


def _fit(
    network: keras.Model,
    training: Rows,
    validation: Rows | None,
    epochs: range,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Trains for some epochs, counted from 0; nothing goes on after it."""
    try:
        network.fit(
            training,
            epochs=epochs.stop,
            initial_epoch=epochs.start,
            validation_data=validation,
            shuffle=False,
            verbose=0,
            callbacks=list(callbacks),
        )
    finally:
        for callback in callbacks:
            if isinstance(callback, GradientRecord):
                callback.close()


def _recorder(history: History, monitor: Monitor, training: Rows) -> _Recorder:
    parts = {"training": training, "validation": monitor.validation}
    given = {name: rows for name, rows in parts.items() if rows is not None}
    return _Recorder(history, given, monitor)


def _take_best(network: keras.Model, recorder: _Recorder) -> None:
    """Gives a network the weights of the best epoch, and heads of their own best."""
    history, monitor = recorder.history, recorder.monitor
    weights = recorder.best_weights or recorder.before  # stopped in its first epoch
    if weights:
        network.set_weights(weights)
    if history.best_epoch:
        best = history.epochs[history.best_epoch - 1]
        changed = monitor.finish(best)
        history.best_epochs = {name: monitor.best_epochs[name] for name in changed}


def _watching(
    recorder: _Recorder,
    patience: int | None,
    keep: Keep | None,
    progress: Progress | None,
) -> list[keras.callbacks.Callback]:
    """Our callbacks in their order: an epoch is told when all of it is kept."""
    found: list[keras.callbacks.Callback] = [recorder]
    if patience is not None and recorder.monitor.compares:
        found.append(_Patience(recorder, patience))
    found += [] if keep is None else [_Keeper(recorder, keep)]
    found += [] if progress is None else [_Teller(recorder, progress)]
    return found


def _done(recorder: _Recorder, watching: Sequence[Any], epochs: int) -> int:
    """Epochs that need not be trained: all, where patience had ended the stage."""
    done = len(recorder.history.epochs)
    ended = any(isinstance(one, _Patience) and one.is_over(done) for one in watching)
    return epochs if ended else done


def _compiled(
    network: keras.Model, stage: Stage, steps: int, rates: Mapping[int, float]
) -> list[Averages]:
    """Compiles a network for a stage; gives what must stand before other callbacks."""
    owners = variable_owners(network) if is_by_part(stage.optimizer) else {}
    optimizer = build_optimizers(stage, steps, rates, owners)
    averaged = averages_by_default(stage.optimizer)
    if averaged:
        average_weights(optimizer, steps)
    weights = loss_weights(stage.loss_weights or {}, network)
    given: dict[str, Any] = {"loss_weights": weights} if weights else {}
    if stage.balance is not None and len(fused_outputs(network)) > 1:
        given["balance"] = stage.balance
    steers = steering(stage.input_balance, network)
    given |= {"input_balance": steers} if steers else {}
    network.compile(optimizer, **given)
    return [Averages()] if averaged else []


def _balancing(network: keras.Model, training: Rows) -> list[GradientRecord]:
    """What records how several outputs share a network."""
    if not isinstance(network, Network) or len(fused_outputs(network)) < 2:
        return []
    return [GradientRecord(training, fused_outputs(network))]


def _go_on(
    network: keras.Model,
    recorder: _Recorder,
    averages: Sequence[Averages],
    checkpoint: Checkpoint,
) -> None:
    """Puts back what stood at the end of the checkpoint's last epoch."""
    recorder.best_weights = put_back(network, checkpoint)
    best = checkpoint.document["best"]
    recorder.best = np.inf if best is None else float(best)
    held = checkpoint.document["history"]
    recorder.history.epochs = [dict(epoch) for epoch in held["epochs"]]
    recorder.history.best_epoch = int(held["best_epoch"])
    recorder.monitor.resume(recorder.history.epochs, checkpoint.arrays)
    for callback in averages:
        callback.are_in_place = True


def _diverged(
    network: keras.Model, parts: Mapping[str, Rows], epoch: int
) -> TrainingError:
    """Looks for rows whose loss is no number under the weights of this moment."""
    where = f"epoch {epoch + 1}"
    for part, batches in parts.items():
        culprits = _culprits(network, batches)
        if culprits:
            text = f"the loss is not a number on these {part} rows (counted from 1): "
            fix = "Look at their values, or set `scale: true` on the output."
            return TrainingError(sentence(where, text + listing(culprits), fix=fix))
    fix = "Lower `learning_rate`, or lengthen `warmup`; no single row is at fault."
    return TrainingError(sentence(where, "the loss is no longer a number", fix=fix))


def _culprits(network: keras.Model, batches: Rows) -> list[int]:
    """The rows at fault in the first batch that has some."""
    for index in range(len(batches)):
        inputs, labels, *_ = batches[index]
        found = network(inputs, training=False)
        outputs = {name: keras.ops.convert_to_numpy(found[name]) for name in found}
        if _is_number(network, inputs, labels, outputs):
            continue  # row by row is slow
        culprits = [
            int(position) + 1
            for row, position in enumerate(batches.rows(index))
            if not _is_number(
                network, *(_row(a, row) for a in (inputs, labels, outputs))
            )
        ]
        if culprits:
            return culprits
    return []


def _is_number(network: keras.Model, inputs: Any, labels: Any, outputs: Any) -> bool:
    return bool(np.isfinite(float(network.compute_loss(inputs, labels, outputs))))


def _row(arrays: Mapping[str, Any], row: int) -> dict[str, Any]:
    return {name: array[row : row + 1] for name, array in arrays.items()}
