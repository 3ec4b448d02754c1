"""The weights of a late fusion, learned from answers for rows that were left out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from sensorium.data.folds import folds
from sensorium.data.split import TRAIN, rows_in
from sensorium.engine import engine
from sensorium.nn.fusion.late import log_shares, stacked
from sensorium.pipeline.members import member_name, presence_of, stacked_outputs
from sensorium.pipeline.staging import Staged, Stager
from sensorium.pipeline.tables import divide
from sensorium.recipe import Recipe
from sensorium.recipe.planning import MAIN
from sensorium.training import History, train
from sensorium.training.checkpoint import begin_random
from sensorium.training.dataset import LABEL, WEIGHT, EncodedBatches
from sensorium.training.mixing import MixedBatches
from sensorium.training.step import Step

ROUNDS = 100
LEAST = 1e-4
"""Smallest weight that is tried: a member cannot be told from one with none."""

Progress = Callable[[int, Mapping[str, float]], None]


@dataclass
class Answers:
    """Answers of members for rows that they did not learn from.

    Args:
        members: Output -> answers, `(rows, inputs, ...)`.
        labels: Output -> labels, `(rows, ...)`.
        present: Which inputs were there, `(rows, inputs)`.
        counts: Output -> sample weights, ones where there are none, `(rows,)`.
    """

    members: dict[str, list[np.ndarray]] = field(default_factory=dict)
    labels: dict[str, list[np.ndarray]] = field(default_factory=dict)
    present: list[np.ndarray] = field(default_factory=list)
    counts: dict[str, list[np.ndarray]] = field(default_factory=dict)


def learn_combination(
    stager: Stager,
    step: Step,
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    progress: Progress | None = None,
) -> History:
    """Trains the members without each fold in turn, and weighs what they say of it.

    The weights of the network are left as they were, but for those by which its late
    fusion joins the members of the step's outputs.

    Args:
        stager: Prepares steps of the recipe.
        step: The step, with `folds`.
        callbacks: Keras callbacks for every fold.
        progress: Called after each fold with its number, from 1, and its loss.

    Returns:
        One entry for each fold, with the losses of its best epoch; none if the user
        stopped it.
    """
    network, history = stager.network, History(step.name)
    begin = network.weights_by_name()
    dealt = table_folds(stager.recipe, step)
    answers = Answers()
    for number in range(step.folds):
        started = time.perf_counter()
        kept = {table: np.flatnonzero(f != number) for table, f in dealt.items()}
        left = {table: np.flatnonzero(f == number) for table, f in dealt.items()}
        network.load_weights_by_name(begin)
        fold, staged = _trained(stager, step, number, kept, callbacks)
        if fold.interrupted:
            history.interrupted = True
            break
        _answer(stager, step, staged, left, answers)
        values = _best(fold)
        seconds = time.perf_counter() - started
        history.epochs.append({"epoch": number + 1, "seconds": seconds, **values})
        if progress is not None:
            progress(number + 1, values)
    network.load_weights_by_name(begin)
    if history.interrupted:
        history.epochs.clear()  # nothing of them is left in the network
        return history
    history.best_epoch = step.folds
    _weigh(stager, step, answers)
    return history


def combination(network: Any, step: Step) -> dict[str, dict[str, float]]:
    """How far a stacked fusion trusts each input, by output.

    Args:
        network: The recipe's network.
        step: A step that learned it.
    """
    fusion, found = network.fusion, {}
    shares = {k: np.ravel(v) for k, v in fusion.weights_by_input().items()}
    for output in stacked_outputs(network, step):
        place = fusion.output_names.index(output)
        found[output] = {name: float(held[place]) for name, held in shares.items()}
    return found


def table_folds(recipe: Recipe, step: Step) -> dict[str, np.ndarray]:
    """The fold of each training row, by the step's tables.

    Args:
        recipe: The document.
        step: The step.

    Raises:
        DataError: If a table has too few rows or groups for the folds.
    """
    wanted = [table or MAIN for table in step.tables]
    found = {}
    for planned in divide(recipe):
        plan = planned.plan
        if plan.name not in wanted:
            continue
        split = recipe.split_of(plan.labels, plan.split)
        found[plan.name] = np.concatenate(
            [
                folds(one.table, split, rows_in(one.parts, TRAIN), step.folds)
                for one in planned.divided
                if (one.parts == TRAIN).any()
            ]
        )
    return found


def fitted_weights(
    head: Any,
    members: np.ndarray,
    labels: np.ndarray,
    present: np.ndarray,
    counts: np.ndarray | None = None,
) -> np.ndarray:
    """The weights by which members' answers have the least loss when they are joined.

    The joined loss is lowered by exponentiated gradient (Kivinen and Warmuth 1997),
    from equal weights, with steps that are taken only if they help.

    Args:
        head: The head, for its loss.
        members: Answers, `(rows, inputs, ...)`.
        labels: Labels; rows without one do not count.
        present: Which inputs are there, `(rows, inputs)`; rows without any do not
            count, and a weight is shared out to those that are.
        counts: Sample weights from 0, `(rows,)`; ones if left out.

    Returns:
        Weights from 0, `(inputs,)`, with sum 1.
    """
    rows = present.any(axis=1)
    function = head.loss_function()
    held = np.ones(len(present), "float32") if counts is None else counts
    arrays = (members, labels, present, held)
    given = [keras.ops.convert_to_tensor(array[rows]) for array in arrays]

    def loss(weights: np.ndarray) -> float:
        answers, truth, here, many = given
        logits = keras.ops.convert_to_tensor(np.log(weights), "float32")
        joined = stacked(answers, log_shares(logits, here), head.target)
        return float(function(truth, joined, many))

    count = members.shape[1]
    if count == 1 or not rows.any():
        return np.full(count, 1.0 / count)
    return _lowered(loss, count)


def _lowered(loss: Callable[[np.ndarray], float], count: int) -> np.ndarray:
    weights, rate = np.full(count, 1.0 / count), 1.0
    lowest = loss(weights)
    for _ in range(ROUNDS):
        slope = _slope(loss, weights)
        while rate > 1e-4:
            moved = _moved(weights, slope, rate)
            found = loss(moved)
            if found < lowest:
                break
            rate /= 4
        else:
            break
        gained, lowest, weights, rate = lowest - found, found, moved, 4 * rate
        if gained < 1e-6 * max(abs(lowest), 1e-6):
            break
    return weights


def _moved(weights: np.ndarray, slope: np.ndarray, rate: float) -> np.ndarray:
    powers = np.log(weights) - rate * (slope - slope.min())
    moved = np.maximum(np.exp(powers - powers.max()), LEAST)
    return np.asarray(moved / moved.sum())


def _slope(loss: Callable[[np.ndarray], float], weights: np.ndarray) -> np.ndarray:
    """How the loss changes with each weight; from losses, so for any loss."""
    found = []
    for one in np.eye(len(weights)):
        step = max(0.02 * float(weights @ one), LEAST / 2)
        more, less = loss(weights + step * one), loss(weights - step * one)
        found.append((more - less) / (2 * step))
    return np.array(found)


def _trained(
    stager: Stager,
    step: Step,
    number: int,
    kept: Mapping[str, np.ndarray],
    callbacks: Sequence[keras.callbacks.Callback],
) -> tuple[History, Staged]:
    name = f"{step.name} {number + 1}"
    alone = dataclasses.replace(step, name=name, objective="members")
    staged = stager.staged(alone, kept)
    begin_random(staged.model, stager.recipe.seed, name)
    history = train(
        staged.model,
        step.stage,
        staged.training,
        staged.validation,
        rates=staged.rates,
        callbacks=callbacks,
    )
    return history, staged


def _answer(
    stager: Stager,
    step: Step,
    staged: Staged,
    left: Mapping[str, np.ndarray],
    answers: Answers,
) -> None:
    """Adds what the members say of the rows that were left out."""
    inputs = list(stager.network.encoders)
    outputs = stacked_outputs(stager.network, step)
    forward = engine().compiled_forward(staged.model)
    training = staged.training
    tables = training.tables if isinstance(training, MixedBatches) else [training]
    for table, batches in zip(step.tables, tables, strict=True):
        rows = left[table or MAIN]
        if not len(rows):
            continue
        found = _all(forward, batches, rows)
        part = stager.prepared.parts[f"{table}.train" if table else "train"]
        answers.present.append(presence_of(part, inputs)[rows])
        for output in outputs:
            names = [member_name(output, name) for name in inputs]
            if names[0] not in found:  # the tables have no labels of it
                continue
            joined = np.stack([found[name] for name in names], axis=1)
            answers.members.setdefault(output, []).append(joined)
            label = batches.arrays[LABEL + names[0]]
            held = np.asarray(part.get(LABEL + output, label))[rows]
            answers.labels.setdefault(output, []).append(held)
            counts = np.asarray(part.get(WEIGHT + output, np.ones(len(label), "f4")))
            answers.counts.setdefault(output, []).append(counts[rows])


def _all(
    forward: Callable[[Any], dict[str, Any]], batches: EncodedBatches, rows: np.ndarray
) -> dict[str, np.ndarray]:
    """What a model says of some rows, in their order."""
    whole = EncodedBatches(batches.arrays, batch_size=batches.batch_size, shuffle=False)
    given = whole.only(rows)
    parts: dict[str, list[np.ndarray]] = {}
    for index in range(len(given)):
        inputs = given[index][0]  # labels, and perhaps weights, come after them
        count = len(given.rows(index))
        for name, values in forward(inputs).items():
            found = np.asarray(keras.ops.convert_to_numpy(values), "float32")
            parts.setdefault(name, []).append(found[:count])
    return {name: np.concatenate(found) for name, found in parts.items()}


def _weigh(stager: Stager, step: Step, answers: Answers) -> None:
    """Gives the fusion the weights that the answers call for."""
    present = np.concatenate(answers.present)
    fusion: Any = stager.network.fusion
    for output, members in answers.members.items():
        head = stager.network.heads[output]
        held = (members, answers.labels[output])
        joined, labels = (np.concatenate(parts) for parts in held)
        counts = np.concatenate(answers.counts[output])
        fusion.weigh(output, fitted_weights(head, joined, labels, present, counts))


def _best(history: History) -> dict[str, float]:
    """The losses of a fold's best epoch."""
    best: Iterator[Mapping[str, float]] = (
        epoch for epoch in history.epochs if epoch["epoch"] == history.best_epoch
    )
    values = next(best, {})
    return {name: values[name] for name in ("loss", "val_loss") if name in values}
