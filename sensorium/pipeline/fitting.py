"""Training a recipe from its tables to a run folder."""

from __future__ import annotations

import csv
import dataclasses
import io
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sensorium.encoders.documents import check_refitted, check_values, of_recipe
from sensorium.errors import RunError, sentence
from sensorium.evaluation.baselines import baseline_scores
from sensorium.pipeline.cache import FOLDER, prepare_cached
from sensorium.pipeline.embeddings import Embeddings
from sensorium.pipeline.learning import Places, Report, silent, train_prepared
from sensorium.pipeline.prepare import Prepared
from sensorium.pipeline.run import SCORES, Run, Scores, classes_of, measured, score_one
from sensorium.pipeline.singles import are_compared, single_scores, warnings_of
from sensorium.pipeline.tables import describe
from sensorium.recipe import Recipe
from sensorium.recipe.build import check_losses
from sensorium.run import SavedRun, save_run
from sensorium.run.files import write_json, write_text
from sensorium.run.lock import RunLock
from sensorium.run.saved import ARTIFACT
from sensorium.training.dataset import split_labels


def fit(
    recipe: Recipe,
    folder: str | Path,
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    overwrite: bool = False,
    resume: bool = False,
    cache: bool = True,
    report: Report | None = None,
) -> Run:
    """Trains a recipe and leaves a run in a folder.

    Args:
        recipe: What to train, on which data.
        folder: The run's folder; it is made. It must not hold a finished run.
        callbacks: Keras callbacks for every stage.
        overwrite: Replace a finished run in the folder.
        resume: Go on where an earlier call in this folder was stopped, from its last
            finished epoch, to the same final weights as without the stop. A finished
            run is replaced; stages whose settings did not change are not trained
            again.
        cache: Keep encoded rows and finished stages beside the run's folder, in
            `.sensorium-cache`, so that a second run on the same data starts at once and
            does not train again what did not change.
        report: Called with the name of what happens (`prepare`, `prepared`, `stage`,
            `epoch`, `saved`) and its values; the command line shows them.

    Returns:
        The run, with its scores on the test rows in `run.evaluate()`.

    Raises:
        RunError: If the folder holds a run, or another process works in it.
        RecipeError, DataError, TrainingError: If the recipe, its tables or the
            training itself have a fault; nothing is saved then.
    """
    path = Path(folder)
    tell = report or silent
    _make(path)
    with RunLock(path):
        if (path / ARTIFACT).exists() and not (overwrite or resume):
            fix = "Choose another folder, or say `overwrite=True` (`--overwrite`), "
            fix += "or `resume=True` (`--resume`) to train only what changed."
            raise RunError(sentence(str(path), "already holds a finished run", fix=fix))
        started = time.perf_counter()
        store = path.parent / FOLDER if cache else None
        check_losses(recipe)
        loaded = of_recipe(recipe)
        prepared = _prepared(recipe, path, store, loaded, tell)
        places = Places(store, path, resume)
        trained = train_prepared(recipe, prepared, callbacks, tell, places, loaded)
        saved = save_run(path, trained)
        _write_history(path, trained.metadata["history"])
        (path / SCORES).unlink(missing_ok=True)  # an older run's
        if "test" in prepared.parts:
            embeddings = Embeddings(prepared, store)
            write_json(path / SCORES, _scores(saved, prepared, embeddings, tell))
        tell("saved", {"folder": str(path), "seconds": time.perf_counter() - started})
        return Run(path, trained)


def _prepared(
    recipe: Recipe,
    path: Path,
    store: Path | None,
    loaded: Mapping[str, Any],
    tell: Report,
) -> Prepared:
    """Reads and encodes the tables, and writes what could not be read."""
    started = time.perf_counter()
    tell("prepare", {"data": describe(recipe.data)})
    taught = {n: e.feature for n, e in loaded.items() if e.feature is not None}
    prepared, cached = prepare_cached(recipe, store, taught)
    check_refitted(loaded, prepared.features)
    check_values(loaded, prepared.parts["train"])
    write_text(path / "quarantine.csv", prepared.quarantine())
    seconds = time.perf_counter() - started
    tell("prepared", {**_summary(prepared), "seconds": seconds, "cached": cached})
    return prepared


def _scores(
    saved: SavedRun, prepared: Prepared, embeddings: Embeddings, tell: Report
) -> dict[str, Any]:
    """The scores on the test rows, as they are written."""
    scores = _score(saved, prepared)
    plain = {"scores": _plain(scores), "naive": _plain(_naive(saved, prepared))}
    if are_compared(saved.recipe):
        singles = single_scores(saved, prepared, embeddings)
        plain["singles"] = singles
        warnings = warnings_of(scores, singles)
        tell("singles", {"scores": singles, "warnings": warnings})
    return plain


def _make(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = sentence(str(path), "the folder cannot be made", str(error))
        raise RunError(text) from error


def _plain(scores: Scores) -> dict[str, Any]:
    return {
        name: [dataclasses.asdict(score) for score in found]
        for name, found in scores.items()
    }


def _summary(prepared: Prepared) -> dict[str, Any]:
    return {
        "rows": prepared.rows(),
        "unreadable": len(prepared.unreadable),
        "notes": prepared.notes,
    }


def _score(saved: SavedRun, prepared: Prepared) -> Scores:
    inputs, labels = split_labels(prepared.parts["test"])
    decoded = saved.predictor.decoded(inputs)
    seed = saved.recipe.seed
    return {
        name: score_one(_kind(saved, name), target, labels[name], decoded[name], seed)
        for name, target in saved.targets.items()
    }


def _naive(saved: SavedRun, prepared: Prepared) -> Scores:
    _, train = split_labels(prepared.parts["train"])
    _, test = split_labels(prepared.parts["test"])
    seed = saved.recipe.seed
    return {
        name: baseline_scores(
            _kind(saved, name),
            measured(target, np.asarray(train[name])),
            measured(target, np.asarray(test[name])),
            classes=_classes(saved, name),
            seed=seed,
            background=getattr(target, "background_", None),
        )
        for name, target in saved.targets.items()
    }


def _classes(saved: SavedRun, name: str) -> Sequence[object] | None:
    """The classes of an output, or the names of its quantiles."""
    if _kind(saved, name) == "quantiles":
        names: list[str] = saved.network.heads[name].names()
        return names
    return classes_of(saved.targets[name])


def _kind(saved: SavedRun, name: str) -> str:
    return str(saved.recipe.outputs[name]["type"])


def _write_history(folder: Path, stages: Sequence[Mapping[str, Any]]) -> None:
    text = io.StringIO()
    rows = [{"stage": s["stage"], **epoch} for s in stages for epoch in s["epochs"]]
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(folder / "history.csv", text.getvalue())
