"""The accuracy table's data: splits that do not leak, inputs that are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.quality import data
from benchmarks.quality.data import Task, tasks, write

Find = Callable[[str], Path]


def _table(task: Task, folder: Path, **options: int) -> dict[str, np.ndarray]:
    path = write(task, folder, **options)
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    return {c.name: c.to_numpy() for c in pl.read_parquet(path)}


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.name)
def test_a_table_holds_the_target_the_split_and_no_dropped_column(
    task: Task, datasets: Find, tmp_path: Path
) -> None:
    datasets(task.source)
    table = _table(task, tmp_path)
    assert {task.target, data.SPLIT} <= set(table)
    assert not set(table) & {*task.drop, "fold", "is_test"}
    parts, counts = np.unique(table[data.SPLIT], return_counts=True)
    assert list(parts) == ["test", "train", "valid"]
    shares = dict(zip(parts, counts / counts.sum(), strict=True))
    training = shares["train"] + shares["valid"]
    assert shares["valid"] / training == pytest.approx(0.1, abs=0.05)


def test_test_rows_are_the_sets_own_fold(datasets: Find, tmp_path: Path) -> None:
    folder = datasets("mfeat_views")
    folds = pl.read_parquet(folder / "data.parquet", columns=["fold"])["fold"]
    task = next(task for task in tasks() if task.source == "mfeat_views")
    for fold in (0, 3):
        table = _table(task, tmp_path, fold=fold)
        assert ((table[data.SPLIT] == "test") == (folds == fold).to_numpy()).all()


def test_the_seed_decides_the_valid_rows(datasets: Find, tmp_path: Path) -> None:
    datasets("mfeat_views")
    task = next(task for task in tasks() if task.source == "mfeat_views")
    first, again, other = (
        _table(task, tmp_path, seed=seed)[data.SPLIT] for seed in (0, 0, 1)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert ((first == "test") == (other == "test")).all()


def test_no_person_stands_in_two_parts(datasets: Find) -> None:
    found = data._watch(datasets("watch_imu"), 0, 0)
    parts = found.columns.group_by("subject").agg(pl.col("split").n_unique())
    assert parts["split"].to_list() == [1] * 10
    assert len(found.arrays["acc"]) == len(found.columns) == 1149


def test_no_picture_stands_in_two_parts(datasets: Find) -> None:
    frame = data._fashion(datasets("large_fashion"), 0, 0)
    parts = frame.group_by("image_source").agg(pl.col("split").n_unique())
    assert parts["split"].max() == 1
    assert (frame["split"] != "test").sum() == data.FASHION_ROWS


def test_a_missing_data_set_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SENSORIUM_DATASETS", str(tmp_path))
    assert [task.is_available for task in tasks()] == [False] * len(tasks())
    (tmp_path / "watch_imu").mkdir()
    assert [t.source for t in tasks() if t.is_available] == ["watch_imu"]
