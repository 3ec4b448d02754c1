from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

import sensorium as sm
from sensorium.errors import DataError
from sensorium.pipeline import cache
from sensorium.pipeline.cache import prepare_cached
from sensorium.pipeline.prepare import prepare
from sensorium.pipeline.storage import DiskCollector, MemoryCollector
from sensorium.pipeline.tables import divide
from sensorium.run.artifact import read_artifact, write_artifact
from sensorium.run.state import state_documents

ROWS = 40


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    for row in range(ROWS):
        picture = np.full((4, 4, 3), row, np.uint8)
        Image.fromarray(picture).save(tmp_path / "pictures" / f"{row}.png")
    frame = pl.DataFrame(
        {
            "x": np.arange(ROWS) / 7,
            "word": [f"w{row % 5}" for row in range(ROWS)],
            "picture": [f"pictures/{row}.png" for row in range(ROWS)],
            "y": [row % 2 for row in range(ROWS)],
        }
    )
    frame.write_csv(tmp_path / "table.csv")
    return tmp_path / "table.csv"


def recipe_of(table: Path, **changes: Any) -> sm.Recipe:
    document = {
        "data": str(table),
        "inputs": {"x": "number", "word": "category"},
        "outputs": {"y": "classification"},
    }
    return sm.Recipe(**{**document, **changes})


def was_cached(recipe: sm.Recipe, folder: Path) -> bool:
    return prepare_cached(recipe, folder)[1]


def test_what_was_opened_equals_what_was_prepared(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    first, before = prepare_cached(recipe_of(table), folder)
    second, after = prepare_cached(recipe_of(table), folder)
    assert (before, after) == (False, True)
    assert first.rows() == second.rows()
    for part, arrays in first.parts.items():
        assert set(second.parts[part]) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(second.parts[part][name], array)
    documents = [state_documents(p.features, p.labels) for p in (first, second)]
    assert documents[0] == documents[1]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"stages": [{"epochs": 9}]}, True),
        ({"fusion": {"type": "concat", "units": 8}}, True),
        (
            {"inputs": {"x": {"type": "number", "encoder": "mlp"}, "word": "category"}},
            True,
        ),
        ({"outputs": {"y": {"type": "classification", "weight": 0.5}}}, True),
        ({"seed": 1}, False),
        ({"split": {"test": 0.3}}, False),
        ({"inputs": {"x": "number"}}, False),
        (
            {"inputs": {"x": {"type": "number", "scale": "none"}, "word": "category"}},
            False,
        ),
        ({"max_bad": 0.5}, False),
    ],
)
def test_only_what_changes_the_rows_changes_the_key(
    table: Path, tmp_path: Path, changes: dict[str, Any], expected: bool
) -> None:
    folder = tmp_path / "cache"
    assert not was_cached(recipe_of(table), folder)
    assert was_cached(recipe_of(table, **changes), folder) is expected


def test_another_column_of_labels_changes_the_key(table: Path, tmp_path: Path) -> None:
    for column in ("x", "y"):
        price = {"type": "regression", "column": column}
        recipe = recipe_of(table, outputs={"y": "classification", "price": price})
        assert not was_cached(recipe, tmp_path / "cache")


def test_changed_data_are_encoded_anew(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert not was_cached(recipe_of(table), folder)
    table.write_text(table.read_text().replace("w3", "w9"))
    assert not was_cached(recipe_of(table), folder)


def test_a_changed_picture_is_encoded_anew(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    recipe = recipe_of(table, inputs={"picture": {"type": "image", "size": [4, 4]}})
    assert not was_cached(recipe, folder)
    assert was_cached(recipe, folder)
    picture = tmp_path / "pictures" / "3.png"
    Image.fromarray(np.full((4, 4, 3), 200, np.uint8)).save(picture)
    os.utime(picture, (1, 1))
    assert not was_cached(recipe, folder)


def test_a_damaged_entry_is_made_anew(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    prepare_cached(recipe_of(table), folder)
    [state] = folder.glob("*/state.sensorium")
    state.write_bytes(state.read_bytes()[:-1])
    assert not was_cached(recipe_of(table), folder)
    assert was_cached(recipe_of(table), folder)


def test_notes_and_unreadable_values_come_back(table: Path, tmp_path: Path) -> None:
    (tmp_path / "pictures" / "3.png").write_bytes(b"broken")
    table.write_text(table.read_text().replace("x,word", ",word", 1))  # worth a note
    inputs = {"word": "category", "picture": {"type": "image", "size": [2, 2]}}
    recipe = recipe_of(table, inputs=inputs, max_bad=1.0)
    first, _ = prepare_cached(recipe, tmp_path / "cache")
    second, cached = prepare_cached(recipe, tmp_path / "cache")
    assert cached
    assert [u.row for u in first.unreadable] == [4]
    assert second.unreadable == first.unreadable
    assert second.notes == first.notes != []
    assert first.notes == list(divide(recipe)[0].divided[0].table.notes)


def cut_an_array(entry: Path) -> None:
    [array, *_] = sorted(entry.glob("train/*.bin"))
    array.write_bytes(array.read_bytes()[:-1])


def remove_a_part(entry: Path) -> None:
    shutil.rmtree(entry / "valid")


def remove_a_state(entry: Path) -> None:
    path = entry / "state.sensorium"
    found = read_artifact(path)
    states: Any = {**found.documents["state"], "input/word": {}}  # type: ignore[dict-item]
    documents = {**found.documents, "state": states}
    write_artifact(path, documents, found.arrays, found.weights)


@pytest.mark.parametrize("damage", [cut_an_array, remove_a_part, remove_a_state])
def test_an_entry_that_is_not_whole_is_made_anew(
    table: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder = tmp_path / "cache"
    first, _ = prepare_cached(recipe_of(table), folder)
    expected = {name: a.copy() for name, a in first.parts["train"].items()}
    damage(next(folder.iterdir()))
    again, cached = prepare_cached(recipe_of(table), folder)
    assert not cached
    assert first.rows() == again.rows()
    for name, array in expected.items():
        np.testing.assert_array_equal(again.parts["train"][name], array)
    assert was_cached(recipe_of(table), folder)


def test_two_processes_can_make_one_entry(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    recipe = recipe_of(table)
    key = prepare_cached(recipe, None)[0].key
    other = DiskCollector(folder / key[:32])
    rows = prepare(recipe, MemoryCollector()).parts["train"]
    other.append("train", rows, np.arange(len(rows["x"])))  # half way through
    first, cached = prepare_cached(recipe, folder)
    assert not cached
    found = other.finish()["train"]
    np.testing.assert_array_equal(found["x"], first.parts["train"]["x"])
    assert was_cached(recipe, folder)


def test_only_the_newest_entries_stay(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "KEPT", 2)
    folder = tmp_path / "cache"
    for seed in range(4):
        prepare_cached(recipe_of(table, seed=seed), folder)
        for age, entry in enumerate(sorted(folder.iterdir(), key=os.path.getmtime)):
            os.utime(entry, (1000 + age, 1000 + age))
    assert len(list(folder.iterdir())) == 2
    assert was_cached(recipe_of(table, seed=3), folder)
    assert not was_cached(recipe_of(table, seed=0), folder)


def test_an_entry_that_is_used_stays_longer(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "KEPT", 2)
    folder = tmp_path / "cache"
    older: set[Path] = set()
    for seed in (0, 1):
        prepare_cached(recipe_of(table, seed=seed), folder)
        [entry] = set(folder.iterdir()) - older
        os.utime(entry, (1000 + seed, 1000 + seed))
        older.add(entry)
    assert was_cached(recipe_of(table, seed=0), folder)
    assert not was_cached(recipe_of(table, seed=2), folder)
    assert was_cached(recipe_of(table, seed=0), folder)
    assert not was_cached(recipe_of(table, seed=1), folder)


def test_without_a_folder_nothing_is_written(table: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert not was_cached(recipe_of(table), None)  # type: ignore[arg-type]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_failure_leaves_no_half_entry(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    (tmp_path / "pictures" / "0.png").write_bytes(b"broken")
    recipe = recipe_of(
        table, inputs={"picture": {"type": "image", "size": [4, 4]}}, max_bad=0.0
    )
    with pytest.raises(DataError, match="cannot be read"):
        for seed in range(20):  # until the row is one of the training part
            recipe.seed = seed
            prepare_cached(recipe, folder)
    assert not any(list(entry.glob("train")) for entry in broken_entries(folder))


def broken_entries(folder: Path) -> list[Path]:
    return [e for e in folder.iterdir() if not (e / "state.sensorium").exists()]
