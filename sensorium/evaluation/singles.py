"""What each input's encoding is worth alone: linear models on frozen encodings."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sensorium.data.order import key, permute

MOST_ROWS = 5_000
"""Training rows that a linear model is fitted on; they are drawn evenly."""

MAIN_SCORE = {"classification": "accuracy", "regression": "r2"}
"""The score by which one input alone is compared with all of them."""

MARGIN = 0.01
"""A fused model that is further below its best input than this is pointed out."""


def single_score(
    kind: str,
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    seed: int = 0,
) -> float | None:
    """The main score of a linear model on one input's encodings.

    Logistic regression for classes (accuracy), ridge regression for numbers (R2), on
    standardised encodings. At most `MOST_ROWS` training rows are used.

    Args:
        kind: `classification` or `regression`.
        train: Encodings `(rows, width)` and labels, ids or numbers, of training rows
            where the input is present; rows without a label (-1, NaN) are left out.
        test: Those of the rows that are scored.
        seed: Decides which rows are used where there are more.

    Returns:
        `None` where too few labels are there, or all training labels are alike.
    """
    values, labels = _chosen(kind, *train, seed)
    known, truth = _known(kind, *test)
    if len(labels) < 2 or len(truth) < 2 or (labels == labels[0]).all():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough to compare
        model = make_pipeline(StandardScaler(), _model(kind)).fit(values, labels)
    return float(model.score(known, truth))


def shortfall(fused: float | None, singles: Mapping[str, float | None]) -> str | None:
    """The input that alone scores more than `MARGIN` above all together, or `None`.

    Args:
        fused: The score of all inputs together; higher is better.
        singles: That of each input alone.
    """
    known = {name: value for name, value in singles.items() if value is not None}
    if fused is None or not known:
        return None
    best = max(known, key=lambda name: known[name])
    return best if known[best] > fused + MARGIN else None


def _model(kind: str) -> Any:
    if kind == "regression":
        return RidgeCV(alphas=np.logspace(-3, 3, 7))
    return LogisticRegression(max_iter=300)


def _known(
    kind: str, values: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    known = labels >= 0 if kind == "classification" else ~np.isnan(labels)
    return values[known], labels[known]


def _chosen(
    kind: str, values: np.ndarray, labels: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    values, labels = _known(kind, values, labels)
    if len(labels) <= MOST_ROWS:
        return values, labels
    places = permute(np.arange(MOST_ROWS), len(labels), key(seed, "singles"))
    rows = np.sort(places)
    return values[rows], labels[rows]
