"""A run as the user holds it: predict, evaluate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from sensorium.data import Table, read
from sensorium.errors import RunError, sentence
from sensorium.evaluation.scores import Score, score_output
from sensorium.features import Reading
from sensorium.run import SavedRun, load_run
from sensorium.run.encoding import encode_rows

SCORES = "scores.json"
Scores = dict[str, list[Score]]


class Run(SavedRun):
    """A trained network with its features, in a folder.

    `run.predict(rows)` predicts raw rows, `run.evaluate()` gives the scores on the
    rows held out for testing, `run.network` is a `keras.Model`.
    """

    @property
    def has_scores(self) -> bool:
        """Whether rows were held out for testing when the run was trained."""
        return (self.folder / SCORES).exists()

    def evaluate(self, rows: Any = None) -> Scores:
        """Scores of every output, each with a 95 % bootstrap interval.

        Args:
            rows: Labelled rows, as for `predict`; `None` gives the scores on the test
                rows, measured once when the run was trained.

        Returns:
            Output name -> its scores.
        """
        if rows is None:
            return self._saved("scores")
        return self.score(rows if isinstance(rows, Table) else read(rows))

    def naive_scores(self) -> Scores:
        """What the best constant answer scores on the same test rows.

        The constant comes from the training labels: the most frequent class, the mean,
        the median. Empty when no rows were held out.
        """
        return self._saved("naive") if self.has_scores else {}

    def single_scores(self) -> dict[str, dict[str, float | None]]:
        """Accuracy or R2 of each output from each input's encoder alone.

        A linear model on the encodings of the training rows, scored on the test rows
        where the input is present. Empty when encoders were not taught before they
        were fused, or no rows were held out.
        """
        if not self.has_scores:
            return {}
        found: dict[str, dict[str, float | None]] = self._document().get("singles", {})
        return found

    def score(self, table: Table) -> Scores:
        """Scores on a table; rows without a label of an output do not count for it."""
        self.predictor.check(table, labels=True)
        found: dict[str, list[tuple[np.ndarray, dict[str, np.ndarray]]]] = {}
        first = 0
        for columns in table.chunks():
            reading = Reading(table.folder, table.where, first)
            rows = encode_rows(self.features, columns, reading)
            decoded = self.predictor.decoded(rows.arrays)
            for name, target in self.targets.items():
                truth = target.encode_target(columns, reading).values
                found.setdefault(name, []).append((truth, decoded[name]))
            first += len(next(iter(columns.values())))
        return {name: self._score(name, chunks) for name, chunks in found.items()}

    def _score(self, name: str, chunks: list[Any]) -> list[Score]:
        truth = np.concatenate([chunk[0] for chunk in chunks])
        keys = chunks[0][1]
        prediction = {k: np.concatenate([c[1][k] for c in chunks]) for k in keys}
        kind = self.recipe.outputs[name]["type"]
        return score_one(kind, self.targets[name], truth, prediction, self.recipe.seed)

    def _document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            (self.folder / SCORES).read_text(encoding="utf-8")
        )
        return found

    def _saved(self, what: str) -> Scores:
        path = self.folder / SCORES
        if not self.has_scores:
            fix = "Give rows: `run.evaluate(table)`."
            raise RunError(sentence(str(path), "there are no saved scores", fix=fix))
        saved = self._document()[what]
        return {
            name: [Score(**score) for score in saved[name]] for name in self.targets
        }


def score_one(
    kind: str,
    target: Any,
    truth: np.ndarray,
    prediction: dict[str, np.ndarray],
    seed: int,
) -> list[Score]:
    """Scores of one output.

    Args:
        kind: The word of its head.
        target: Its fitted feature.
        truth: Its labels, as `encode_target` gives them.
        prediction: What its head's `decode` gave.
        seed: Of the bootstrap.
    """
    classes = classes_of(target)
    truth = measured(target, truth)
    if kind == "box":
        prediction = {"box": measured(target, prediction["box"])}
    background = getattr(target, "background_", None)
    return score_output(
        kind, truth, prediction, classes=classes, seed=seed, background=background
    )


def classes_of(target: Any) -> list[Any] | None:
    """The classes of labels that have some.

    Args:
        target: The fitted feature of the labels.
    """
    found: list[Any] | None = target.classes_ if target.kind == "category" else None
    return found


def measured(target: Any, labels: np.ndarray) -> np.ndarray:
    """Labels as they are scored: boxes as corners, by the size of the picture.

    Args:
        target: The fitted feature of the labels.
        labels: As `encode_target` gives them.
    """
    boxes: np.ndarray = target.corners(labels) if target.kind == "box" else labels
    return boxes


def load(folder: str | Path) -> Run:
    """Loads a run, verified.

    Args:
        folder: The run's folder, or its artifact file.

    Raises:
        RunError: If there is no such run.
        ArtifactError: If it is damaged or answers differently than when it was saved.
    """
    saved = load_run(folder)
    return Run(saved.folder, saved.trained)
