from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sensorium.data.store import ArrayStore
from sensorium.pipeline.storage import Collector, DiskCollector, MemoryCollector


@pytest.fixture(params=["memory", "disk"])
def collector(request: pytest.FixtureRequest, tmp_path: Path) -> Collector:
    return MemoryCollector() if request.param == "memory" else DiskCollector(tmp_path)


def chunk(start: int) -> dict[str, np.ndarray]:
    rows = np.arange(start, start + 4)
    return {"a": rows.astype("float32"), "b/present": rows % 2 == 0}


def test_rows_go_to_their_parts_in_order(collector: Collector) -> None:
    for start in (0, 4):
        collector.append("train", chunk(start), np.array([0, 2, 3]))
        collector.append("test", chunk(start), np.array([1]))
        collector.append("valid", chunk(start), np.array([], int))
    assert [collector.num_rows(p) for p in ("train", "test", "valid")] == [6, 2, 0]
    found = collector.finish()
    assert set(found) == {"train", "test"}
    assert found["train"]["a"].tolist() == [0, 2, 3, 4, 6, 7]
    assert found["test"]["b/present"].tolist() == [False, False]
    assert found["train"]["a"].dtype == np.float32


@pytest.mark.parametrize("expected", [0, 2, 6, 9])
def test_memory_holds_rows_however_many_were_expected(expected: int) -> None:
    collector = MemoryCollector()
    collector.append("train", chunk(0), np.array([1]))
    collector.expect("train", expected)
    for start in (4, 8):
        collector.append("train", chunk(start), np.array([0, 2, 3]))
    assert collector.finish()["train"]["a"].tolist() == [1, 4, 6, 7, 8, 10, 11]


def test_expected_rows_are_not_copied_when_more_come() -> None:
    collector = MemoryCollector()
    collector.expect("train", 8)
    places = []
    for start in (0, 4):
        collector.append("train", chunk(start), np.arange(4))
        places.append(collector._held["train"]["a"].ctypes.data)
    assert places[0] == places[1] == collector.finish()["train"]["a"].ctypes.data


def test_the_disk_holds_what_was_appended(tmp_path: Path) -> None:
    collector = DiskCollector(tmp_path)
    collector.append("train", chunk(0), np.arange(4))
    collector.finish()
    assert ArrayStore.open(tmp_path / "train")["a"].tolist() == [0, 1, 2, 3]


def test_nothing_is_left_of_what_was_abandoned(tmp_path: Path) -> None:
    collector = DiskCollector(tmp_path)
    collector.append("train", chunk(0), np.arange(4))
    collector.abandon()
    assert list(tmp_path.iterdir()) == []
