from __future__ import annotations

import numpy as np
import pytest

from sensorium.data.batches import Batches
from sensorium.data.store import ArrayStore, ArrayWriter
from sensorium.data.view import ArrayView

ARRAYS = {"a": np.arange(5), "b": np.arange(10).reshape(5, 2), "c": np.zeros(5)}


@pytest.fixture(params=["memory", "disk"])
def source(request, tmp_path):
    if request.param == "memory":
        return ARRAYS
    with ArrayWriter(tmp_path / "store") as writer:
        writer.append(ARRAYS)
    return ArrayStore.open(tmp_path / "store")


def test_a_view_has_the_wanted_arrays_under_their_new_names(source):
    view = ArrayView(source, {"x": "b", "y": "b"}, {"z": np.broadcast_to(7, (5, 3))})
    assert list(view) == ["x", "y", "z"]
    assert len(view) == 3
    assert view["x"].tolist() == ARRAYS["b"].tolist()
    found = view.take(np.array([4, 0]))
    assert {name: array.tolist() for name, array in found.items()} == {
        "x": [[8, 9], [0, 1]],
        "y": [[8, 9], [0, 1]],
        "z": [[7, 7, 7], [7, 7, 7]],
    }


def test_only_the_wanted_arrays_are_read(source, monkeypatch):
    read: list[str] = []
    taken = ArrayStore._taken
    monkeypatch.setattr(
        ArrayStore, "_taken", lambda s, n, r: read.append(n) or taken(s, n, r)
    )
    ArrayView(source, {"x": "a"}, {}).take(np.array([1]))
    assert set(read) <= {"a"}


def test_batches_take_from_a_view(source):
    view = ArrayView(source, {"x": "a"}, {})
    batch = Batches(view, batch_size=2, shuffle=False)[1]
    assert {name: array.tolist() for name, array in batch.items()} == {"x": [2, 3]}
