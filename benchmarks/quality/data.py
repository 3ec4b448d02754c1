"""The rows of the accuracy table: data sets, splits, and the figures to compare with.

Each task is one target of one optional data set. `write` makes a table of the task with
a column `split` (train, valid, test), so that the recipe that `sensorium init` writes
for it can be trained as it is. Test rows are the set's own: fold 0 of its `fold`
column, or its `is_test`. Valid rows, a tenth, are taken from the training rows: whole
persons or pictures where rows of one are alike.

The sets lie in the folder that `SENSORIUM_DATASETS` names, else in
`../shared/datasets` beside the checkout.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

PROJECT = Path(__file__).parents[2]
SPLIT = "split"
VALID_SHARE = 0.1
FASHION_ROWS = 20_000
"""Training rows of large_fashion, valid rows among them, as in `same_split`."""


@dataclass(frozen=True)
class Task:
    """One row of the accuracy table.

    Args:
        name: What the row is called.
        source: The data set's folder, e.g. `birdstrikes`.
        target: The column that is predicted.
        drop: Columns that are no inputs of this task: other targets, what is derived
            from the target, ids, and what the baseline did not see.
        metric: The score that is compared, as `sensorium evaluate` calls it.
        baseline: The stacked scikit-learn model's score in the data set's README.
        spread: Its standard deviation over the folds.
        baseline_name: Which row of the README it is.
        same_split: The best stacked model that was measured on exactly these test rows
            (fold 0 or is_test, seed 0), `benchmarks.quality.stacked` among them; the
            README's is a mean over other folds, of fewer rows for birdstrikes (6,000)
            and large_fashion (5,000).
        folds: The folds that serve as test rows; the table's protocol is the first.
            Empty where the set has one split of its own.
    """

    name: str
    source: str
    target: str
    drop: tuple[str, ...]
    metric: str
    baseline: float
    spread: float
    baseline_name: str
    same_split: float
    folds: tuple[int, ...] = (0, 1, 2, 3, 4)

    @property
    def is_available(self) -> bool:
        """Whether the data set is there."""
        return (datasets() / self.source).is_dir()


_EMOJI_OTHERS = ("emoji_id", "short_name", "subgroup", "has_skin_tones")
_EMOJI_MORE = (
    *("keywords", "n_codepoints", "n_short_names", "n_keywords", "unicode_version"),
    *("legacy_carrier", "has_emoticon"),
)
_BIRDS_OTHERS = ("effect", "multiple_birds")
_FASHION_OTHERS = ("row", "image_source", "material", "price")
_WATCH_OTHERS = (
    *("row", "recording", "window", "subject", "side", "seconds_into_set"),
    *("fault", "is_anomaly"),
)


def tasks() -> list[Task]:
    """The rows of the accuracy table, in order."""
    return [*_emoji_tasks(), *_birds_tasks(), *_fashion_tasks(), *_sensor_tasks()]


def _emoji_tasks() -> list[Task]:
    return [
        Task(
            "emoji group, name + two pictures",
            "emoji_fusion",
            "group",
            _EMOJI_OTHERS + _EMOJI_MORE,
            "accuracy",
            0.747,
            0.011,
            "stack(twemoji+noto+name)",
            same_split=0.733,
        ),
        Task(
            "emoji group, all inputs",
            "emoji_fusion",
            "group",
            _EMOJI_OTHERS,
            "accuracy",
            0.897,
            0.017,
            "stack(twemoji+noto+name+keywords+tabular)",
            same_split=0.908,
        ),
    ]


def _birds_tasks() -> list[Task]:
    return [
        Task(
            "birdstrikes phase",
            "birdstrikes",
            "phase_of_flt",
            (*_BIRDS_OTHERS, "any_effect"),
            "accuracy",
            0.682,
            0.011,
            "stack(remarks+categorical+numeric)",
            same_split=0.701,
        ),
        Task(
            "birdstrikes any_effect",
            "birdstrikes",
            "any_effect",
            (*_BIRDS_OTHERS, "phase_of_flt"),
            "auc",
            0.899,
            0.006,
            "stack(remarks+categorical+numeric)",
            same_split=0.921,
        ),
    ]


def _sensor_tasks() -> list[Task]:
    return [
        Task(
            "mfeat digit, six views",
            "mfeat_views",
            "digit",
            ("is_even", "has_loop"),
            "accuracy",
            0.989,
            0.004,
            "stack(fou+fac+kar+pix+zer+mor)",
            same_split=0.983,
        ),
        Task(
            "watch exercise, by subject",
            "watch_imu",
            "exercise",
            _WATCH_OTHERS,
            "accuracy",
            0.831,
            0.031,
            "stack(acc+gyro)",
            same_split=0.881,
        ),
    ]


def _fashion_tasks() -> list[Task]:
    name = "stack(image+text+numeric+categorical)"
    return [
        Task(
            "fashion category",
            "large_fashion",
            "category",
            (*_FASHION_OTHERS, "log_price", "returned"),
            "accuracy",
            0.935,
            0.008,
            name,
            same_split=0.954,
            folds=(),
        ),
        Task(
            "fashion log price",
            "large_fashion",
            "log_price",
            (*_FASHION_OTHERS, "category", "returned"),
            "r2",
            0.784,
            0.014,
            name,
            same_split=0.796,
            folds=(),
        ),
        Task(
            "fashion returned",
            "large_fashion",
            "returned",
            (*_FASHION_OTHERS, "category", "log_price"),
            "auc",
            0.619,
            0.017,
            name,
            same_split=0.638,
            folds=(),
        ),
    ]


def datasets() -> Path:
    """The folder of the optional data sets."""
    named = os.environ.get("SENSORIUM_DATASETS")
    return Path(named) if named else PROJECT.parent / "shared" / "datasets"


def write(task: Task, folder: Path, fold: int = 0, seed: int = 0) -> Path:
    """Writes the task's table into a folder and returns its path.

    Args:
        task: One of `tasks()`.
        folder: Where to write; it must exist.
        fold: The fold that is the test part; without meaning where `task.folds` is
            empty.
        seed: Decides which training rows are valid rows, and which rows of
            large_fashion are taken.
    """
    frame = _READERS[task.source](datasets() / task.source, fold, seed)
    frame = frame.drop(task.drop)
    if not isinstance(frame, _Arrays):
        path = folder / f"{task.source}.parquet"
        frame.write_parquet(path)
        return path
    path = folder / f"{task.source}.npz"
    columns = {name: frame.columns[name].to_numpy() for name in frame.columns.columns}
    texts = {
        name: values.astype(str) if values.dtype == object else values
        for name, values in columns.items()
    }
    everything: dict[str, Any] = {**frame.arrays, **texts}
    np.savez(path, **everything)
    return path


@dataclass(frozen=True)
class _Arrays:
    """Columns, and beside them arrays with one entry a row."""

    columns: pl.DataFrame
    arrays: dict[str, np.ndarray]

    def drop(self, names: Iterable[str]) -> _Arrays:
        return _Arrays(self.columns.drop(names), self.arrays)


def _with_split(
    frame: pl.DataFrame, test: pl.Series, seed: int, group: str | None = None
) -> pl.DataFrame:
    # Every tenth training row or group in a shuffled order, so at least one.
    training = frame.filter(~test)
    units = training[group] if group else pl.Series(np.flatnonzero(~test.to_numpy()))
    shuffled = units.unique().sort().shuffle(seed)
    valid = shuffled.head(max(1, round(VALID_SHARE * len(shuffled))))
    own = frame[group] if group else pl.Series(np.arange(len(frame)))
    is_valid = own.is_in(valid.implode()) & ~test
    parts = pl.select(
        pl.when(test)
        .then(pl.lit("test"))
        .when(is_valid)
        .then(pl.lit("valid"))
        .otherwise(pl.lit("train"))
        .alias(SPLIT)
    )
    return frame.with_columns(parts[SPLIT])


def _by_fold(frame: pl.DataFrame, fold: int, seed: int) -> pl.DataFrame:
    return _with_split(frame, frame["fold"] == fold, seed).drop("fold")


def _emoji(folder: Path, fold: int, seed: int) -> pl.DataFrame:
    return _by_fold(pl.read_parquet(folder / "data.parquet"), fold, seed)


def _birds(folder: Path, fold: int, seed: int) -> pl.DataFrame:
    frame = pl.read_csv(folder / "data.csv", infer_schema_length=None)
    return _by_fold(frame, fold, seed)


def _digits(folder: Path, fold: int, seed: int) -> pl.DataFrame:
    return _by_fold(pl.read_parquet(folder / "data.parquet"), fold, seed)


def _fashion(folder: Path, fold: int, seed: int) -> pl.DataFrame:
    frame = pl.read_parquet(folder / "data.parquet")
    training = frame.filter(~pl.col("is_test")).sample(FASHION_ROWS, seed=seed)
    frame = pl.concat([training, frame.filter(pl.col("is_test"))])
    frame = _with_split(frame, frame["is_test"], seed, group="image_source")
    price = pl.col("price").cast(pl.Float64).log().alias("log_price")
    return frame.with_columns(price).drop("is_test")


def _watch(folder: Path, fold: int, seed: int) -> _Arrays:
    frame = pl.read_csv(folder / "data.csv")
    frame = _with_split(frame, frame["fold"] == fold, seed, group="subject")
    arrays = {name: np.load(folder / f"{name}.npy") for name in ("acc", "gyro")}
    return _Arrays(frame.drop("fold"), arrays)


_READERS: dict[str, Callable[[Path, int, int], pl.DataFrame | _Arrays]] = {
    "birdstrikes": _birds,
    "emoji_fusion": _emoji,
    "large_fashion": _fashion,
    "mfeat_views": _digits,
    "watch_imu": _watch,
}
