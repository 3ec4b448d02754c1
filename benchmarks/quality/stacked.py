"""The stacked scikit-learn baseline, measured on the same rows as our recipe.

One model a view of the table: linear on TF-IDF of a text, linear on the first principal
components of a picture or signal, gradient-boosted trees on numbers and categories.
A linear model joins them; it is taught by predictions on rows that their models did not
see (three inner folds). Everything is fitted on training rows, valid ones included.

    python -m benchmarks.quality.stacked [WORD OF A TASK'S NAME]
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image
from sklearn.base import BaseEstimator, clone
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from benchmarks.quality.data import SPLIT, Task, tasks, write
from sensorium.evaluation import score_output

Columns = Mapping[str, np.ndarray]
View = tuple[np.ndarray, Callable[[bool], BaseEstimator]]

TEXTS = ("name", "keywords", "remarks", "text")
PICTURES = ("twemoji_png", "noto_png", "image")
SIGNALS = ("acc", "gyro")
GROUPS = ("fou_", "fac_", "kar_", "pix_", "zer_", "mor_")


def score(task: Task, path: Path, seed: int = 0) -> float:
    """Trains the stack on a table that `write` made and scores its test rows."""
    table = _read(path)
    test = table[SPLIT] == "test"
    labels, is_class = table[task.target], task.metric != "r2"
    if is_class:
        labels = np.unique(labels, return_inverse=True)[1]
    inputs = {n: v for n, v in table.items() if n not in (SPLIT, task.target)}
    inner, outer = [], []
    method = "predict_proba" if is_class else "predict"
    for values, make in _views(inputs):
        model = make(is_class)
        if hasattr(model, "random_state"):
            model.set_params(random_state=seed)
        seen, truth = values[~test], labels[~test]
        held = cross_val_predict(clone(model), seen, truth, cv=3, method=method)
        fitted = model.fit(seen, truth)
        inner.append(_flat(held))
        outer.append(_flat(getattr(fitted, method)(values[test])))
    last = LogisticRegression(max_iter=1000) if is_class else Ridge()
    last.fit(np.hstack(inner), labels[~test])
    found = getattr(last, method)(np.hstack(outer))
    kind = "classification" if is_class else "regression"
    key = "probability" if is_class else "value"
    scores = score_output(kind, labels[test], {key: found}, resamples=1)
    return float(next(s.value for s in scores if s.name == task.metric) or 0.0)


def _flat(found: np.ndarray) -> np.ndarray:
    return found[:, None] if found.ndim == 1 else np.log(np.clip(found, 1e-6, 1))


def _read(path: Path) -> dict[str, np.ndarray]:
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    return {c.name: c.to_numpy() for c in pl.read_parquet(path)}


def _views(inputs: Columns) -> list[View]:
    rest = dict(inputs)
    found: list[View] = []
    for name in [n for n in TEXTS if n in rest]:
        texts = [text or "" for text in rest.pop(name)]
        found.append((np.array(texts, dtype=object), _text))
    for name in [n for n in PICTURES if n in rest]:
        pictures = np.stack([_pixels(cell) for cell in rest.pop(name)])
        found.append((pictures, _components))
    signals = [n for n in SIGNALS if n in rest]
    found += [(_summary(rest.pop(name)), _linear) for name in signals]
    for prefix in GROUPS:
        names = [name for name in rest if name.startswith(prefix)]
        if names:
            columns = [rest.pop(name) for name in names]
            found.append((np.stack(columns, axis=1).astype(float), _linear))
    if rest:
        found.append((_codes(rest), _trees))
    return found


def _text(is_class: bool) -> BaseEstimator:
    terms = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    last = LogisticRegression(C=10, max_iter=1000) if is_class else Ridge()
    return make_pipeline(terms, last)


def _components(is_class: bool) -> BaseEstimator:
    last = LogisticRegression(max_iter=1000) if is_class else Ridge()
    return make_pipeline(PCA(64, random_state=0), StandardScaler(), last)


def _linear(is_class: bool) -> BaseEstimator:
    last = LogisticRegression(max_iter=2000) if is_class else Ridge()
    return make_pipeline(StandardScaler(), last)


def _trees(is_class: bool) -> BaseEstimator:
    if is_class:
        return HistGradientBoostingClassifier(max_iter=100, early_stopping=False)
    return HistGradientBoostingRegressor(max_iter=200, early_stopping=False)


def _pixels(cell: bytes) -> np.ndarray:
    if cell[:4] != b"\x89PNG":
        return np.frombuffer(cell, np.uint8) / 255.0
    picture = Image.open(io.BytesIO(cell)).convert("RGBA")
    return np.asarray(picture, np.float32).ravel() / 255.0


def _summary(windows: np.ndarray) -> np.ndarray:
    values = windows.astype(np.float64)
    steps = np.abs(np.diff(values, axis=1)).mean(axis=1)
    spectrum = np.abs(np.fft.rfft(values, axis=1))[:, :12].reshape(len(values), -1)
    moments = [f(values, axis=1) for f in (np.mean, np.std, np.min, np.max, np.median)]
    return np.hstack([*moments, steps, np.log1p(spectrum)])


def _codes(columns: Columns) -> np.ndarray:
    texts = {n: v for n, v in columns.items() if v.dtype.kind in "OUSb"}
    numbers = [v.astype(float) for n, v in columns.items() if n not in texts]
    if not texts:
        return np.stack(numbers, axis=1)
    cells = np.stack([v.astype(object) for v in texts.values()], axis=1)
    cells = np.where(cells == None, "", cells).astype(str)  # noqa: E711  # elementwise
    return np.column_stack([*numbers, OrdinalEncoder().fit_transform(cells)])


def main(word: str = "") -> None:
    """Prints the baseline of every task whose name holds the word."""
    for task in tasks():
        if word in task.name and task.is_available:
            with tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                value = score(task, write(task, Path(folder)))
                seconds = time.perf_counter() - started
            print(
                f"{task.name:34} {task.metric:9} {value:.3f}   README "
                f"{task.baseline:.3f}   {seconds:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
