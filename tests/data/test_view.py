"""Some arrays of a larger set, under other names."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.data import ArrayStore, ArrayWriter
from sensorium.data.view import ArrayView

SOURCE = {
    "a": np.arange(6),
    "b": np.arange(12.0).reshape(6, 2),
    "unwanted": np.arange(6) * 100,
}
EXTRA = {"here": np.broadcast_to(np.bool_(False), (6,))}


@pytest.fixture(params=["memory", "store"])
def source(request, tmp_path):
    if request.param == "memory":
        return SOURCE
    with ArrayWriter(tmp_path / "arrays") as writer:
        writer.append(SOURCE)
    return ArrayStore.open(tmp_path / "arrays")


def view(source) -> ArrayView:
    return ArrayView(source, {"first": "a", "b": "b", "again": "a"}, EXTRA)


def test_only_what_is_wanted_is_there(source) -> None:
    assert list(view(source)) == ["first", "b", "again", "here"]
    assert len(view(source)) == 4
    with pytest.raises(KeyError):
        view(source)["unwanted"]


def test_arrays_have_their_new_names(source) -> None:
    found = view(source)
    assert np.array_equal(found["first"], SOURCE["a"])
    assert np.array_equal(found["again"], SOURCE["a"])
    assert np.array_equal(found["b"], SOURCE["b"])
    assert not found["here"].any()


def test_rows_are_taken_in_the_order_asked_for(source) -> None:
    rows = np.array([4, 0, 4])
    found = view(source).take(rows)
    assert list(found) == ["first", "b", "again", "here"]
    assert found["first"].tolist() == found["again"].tolist() == [4, 0, 4]
    assert np.array_equal(found["b"], SOURCE["b"][rows])
    assert found["here"].tolist() == [False] * 3


def test_only_wanted_arrays_are_read() -> None:
    class Refusing(dict):
        def __getitem__(self, name):
            assert name != "unwanted"
            return super().__getitem__(name)

    assert len(view(Refusing(SOURCE)).take(np.array([1]))["b"]) == 1


def test_a_further_array_stands_for_that_of_its_name() -> None:
    found = ArrayView({"a": np.zeros(2)}, {"a": "a"}, {"a": np.ones(2)})
    assert found["a"].tolist() == [1.0, 1.0]
    assert found.take(np.array([0]))["a"].tolist() == [1.0]
    assert list(found) == ["a"]
    assert len(found) == 1
