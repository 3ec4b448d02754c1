"""Batches: every row once, in an order that can be computed at any point."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.data import ArrayStore, ArrayWriter, Batches, batches
from sensorium.errors import DataError

ARRAYS = {"x": np.arange(1000), "v": np.arange(2000).reshape(1000, 2)}


def seen(made) -> list[int]:
    return [row for batch in made for row in batch["x"].tolist()]


def test_every_row_comes_once_and_arrays_stay_together() -> None:
    made = Batches(ARRAYS, batch_size=64)
    assert sorted(seen(made)) == list(range(1000))
    for batch in made:
        np.testing.assert_array_equal(batch["v"][:, 0], 2 * batch["x"])
        assert batch["v"].flags.c_contiguous


def test_the_last_batch_is_short_or_left_out() -> None:
    kept = Batches(ARRAYS, batch_size=300)
    assert [len(batch["x"]) for batch in kept] == [300, 300, 300, 100]
    assert (len(kept), kept.num_rows) == (4, 1000)
    dropped = Batches(ARRAYS, batch_size=300, drop_remainder=True)
    assert [len(batch["x"]) for batch in dropped] == [300, 300, 300]
    assert (len(dropped), dropped.num_rows) == (3, 900)
    assert len(Batches(ARRAYS, batch_size=2000, drop_remainder=True)) == 0


def test_only_the_rows_given_are_used() -> None:
    rows = np.array([5, 7, 900])
    assert sorted(seen(Batches(ARRAYS, rows, 2))) == [5, 7, 900]


def test_without_shuffling_the_order_is_that_of_the_rows() -> None:
    assert seen(Batches(ARRAYS, batch_size=64, shuffle=False)) == list(range(1000))
    rows = np.array([9, 3, 5])
    assert seen(Batches(ARRAYS, rows, 2, shuffle=False)) == [9, 3, 5]


def test_the_order_is_a_function_of_seed_stage_and_epoch() -> None:
    def order(**settings):
        return seen(Batches(ARRAYS, batch_size=64, **settings))

    base = order(seed=1, stage="a", epoch=2)
    assert base == order(seed=1, stage="a", epoch=2)
    assert base != order(seed=2, stage="a", epoch=2)
    assert base != order(seed=1, stage="b", epoch=2)
    assert base != order(seed=1, stage="a", epoch=3)


def test_the_batch_size_does_not_change_the_order(monkeypatch) -> None:
    monkeypatch.setattr(batches, "WINDOW_ROWS", 100)
    orders = [seen(Batches(ARRAYS, batch_size=size)) for size in (1, 64, 70, 5000)]
    assert all(order == orders[0] for order in orders)


def test_any_batch_can_be_computed_alone(monkeypatch) -> None:
    monkeypatch.setattr(batches, "WINDOW_ROWS", 100)
    whole = list(Batches(ARRAYS, batch_size=30))
    resumed = Batches(ARRAYS, batch_size=30)
    for number in (33, 0, 20):
        np.testing.assert_array_equal(resumed[number]["x"], whole[number]["x"])
        np.testing.assert_array_equal(resumed.rows(number), whole[number]["x"])


def test_a_store_gives_the_same_batches(tmp_path) -> None:
    with ArrayWriter(tmp_path / "store") as writer:
        writer.append(ARRAYS)
    opened = ArrayStore.open(tmp_path / "store")
    assert seen(Batches(opened, batch_size=64)) == seen(Batches(ARRAYS, batch_size=64))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "at least 1"),
        ({"rows": np.array([1000])}, "from 0 to 999"),
        ({"rows": np.array([-1])}, "from 0 to 999"),
        ({"rows": np.ones(1000, bool)}, "np.flatnonzero"),
    ],
)
def test_wrong_settings_are_refused(settings, message) -> None:
    with pytest.raises(DataError, match=message):
        Batches(ARRAYS, **settings)


def test_arrays_must_have_the_same_rows() -> None:
    for arrays in ({}, {"x": np.zeros(2), "y": np.zeros(3)}):
        with pytest.raises(DataError, match="same number of rows"):
            Batches(arrays)


def test_a_batch_past_the_end_is_an_index_error() -> None:
    with pytest.raises(IndexError, match="batch 4 of 4"):
        Batches(ARRAYS, batch_size=300)[4]
