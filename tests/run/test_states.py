from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from sensorium.errors import ArtifactError
from sensorium.run import states
from sensorium.run.states import (
    CHECKPOINT,
    Midway,
    StageState,
    StageStore,
    drop_midway,
    load_midway,
    save_midway,
)
from sensorium.training.checkpoint import Checkpoint

KEY = "0123456789abcdef" * 4
WEIGHTS = {"x/kernel": np.arange(6.0).reshape(2, 3).astype("float32")}
HISTORY = {"stage": "first", "epochs": [{"epoch": 1, "loss": 0.5}]}
STATE = StageState(WEIGHTS, HISTORY)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_stage_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    assert not store.has(KEY)
    assert store.load(KEY) is None
    store.save(KEY, STATE)
    assert store.has(KEY)
    found = StageStore(tmp_path).load(KEY)
    assert found is not None
    assert found.history == HISTORY
    assert list(found.weights) == list(WEIGHTS)
    np.testing.assert_array_equal(found.weights["x/kernel"], WEIGHTS["x/kernel"])
    assert store.load(KEY[::-1]) is None


def test_without_a_folder_nothing_is_kept() -> None:
    store = StageStore(None)
    store.save(KEY, STATE)
    assert not store.has(KEY)
    assert store.load(KEY) is None


def test_a_damaged_stage_counts_as_none_and_is_removed(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    store.save(KEY, STATE)
    [path] = (tmp_path / "stages").iterdir()
    flip(path)
    assert store.load(KEY) is None
    assert not path.exists()


def test_the_newest_stages_stay_and_use_makes_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "KEPT", 2)
    store = StageStore(tmp_path)
    keys = [letter * 64 for letter in "abc"]
    for age, key in enumerate(keys[:2]):
        store.save(key, STATE)
        os.utime(tmp_path / "stages" / f"{key[:32]}.sensorium", (1000 + age,) * 2)
    assert store.load(keys[0]) is not None
    store.save(keys[2], STATE)
    assert [store.has(key) for key in keys] == [True, False, True]


def test_a_state_in_the_middle_comes_back_until_it_is_dropped(tmp_path: Path) -> None:
    assert load_midway(tmp_path) is None
    document = {"epochs": 3, "best": None, "history": HISTORY}
    arrays = {"weight/0": np.ones(2, "float32"), "random/0": np.zeros(2, "uint32")}
    midway = Midway(KEY, [HISTORY], WEIGHTS, Checkpoint(document, arrays))
    save_midway(tmp_path, midway)
    save_midway(tmp_path, midway)  # in place of the older one
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    found = load_midway(tmp_path)
    assert found is not None
    assert (found.key, found.histories) == (KEY, [HISTORY])
    assert found.checkpoint.epochs == 3
    assert found.checkpoint.document == document
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.checkpoint.arrays[name], array)
    np.testing.assert_array_equal(found.weights["x/kernel"], WEIGHTS["x/kernel"])
    drop_midway(tmp_path)
    drop_midway(tmp_path)
    assert load_midway(tmp_path) is None


def test_a_damaged_state_in_the_middle_is_refused_with_what_to_do(
    tmp_path: Path,
) -> None:
    document = {"epochs": 1, "best": None, "history": HISTORY}
    save_midway(tmp_path, Midway(KEY, [], WEIGHTS, Checkpoint(document, {})))
    flip(tmp_path / CHECKPOINT)
    with pytest.raises(ArtifactError) as caught:
        load_midway(tmp_path)
    assert CHECKPOINT in str(caught.value)
    assert "Delete it" in str(caught.value)
