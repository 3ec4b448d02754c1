"""Batches of several tables: which comes when is a function of seed, stage, epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sensorium.training import Stage, train
from sensorium.training.dataset import LABEL, EncodedBatches
from sensorium.training.mixing import MixedBatches, completed
from tests.training.made import batches, rows, small_network

MIXINGS = ("proportional", "equal", "round_robin")


def table(number: int, count: int) -> dict[str, np.ndarray]:
    """Rows that say of which table they are and which they are there."""
    row = np.arange(count)
    return {
        "x": (1000 * number + row).astype("float32")[:, None],
        f"{LABEL}y": (1000 * number + row).astype("float32"),
    }


def mixed(
    mixing: str = "proportional", counts: Any = (12, 7, 4), **settings: Any
) -> MixedBatches:
    """Three tables of 6, 4 and 2 batches of two rows."""
    given = {"seed": 1, "stage": "main", **settings}
    tables = [
        EncodedBatches(table(number, count), batch_size=2, **given)
        for number, count in enumerate(counts)
    ]
    return MixedBatches(tables, mixing, **given)


def turns(found: MixedBatches) -> list[int]:
    """The table of every batch of an epoch."""
    return [int(found[i][0]["x"][0, 0]) // 1000 for i in range(len(found))]


def labels(found: MixedBatches) -> list[float]:
    """All labels of an epoch that are there."""
    seen = [value for i in range(len(found)) for value in found[i][1]["y"]]
    return [float(value) for value in seen if not np.isnan(value)]


# --- which batches there are ---


def test_proportional_takes_every_row_of_each_table_once() -> None:
    found = mixed("proportional")
    for epoch in range(3):
        found.begin(epoch)
        expected = [1000.0 * n + i for n, c in enumerate((12, 7, 4)) for i in range(c)]
        assert sorted(labels(found)) == expected
        assert [turns(found).count(n) for n in range(3)] == [6, 4, 2]


@pytest.mark.parametrize("mixing", ["equal", "round_robin"])
def test_equal_takes_as_many_batches_of_each_table(mixing: str) -> None:
    found = mixed(mixing)
    assert len(found) == 18
    assert [turns(found).count(n) for n in range(3)] == [6, 6, 6]
    seen = labels(found)
    assert [seen.count(float(row)) for row in range(12)] == [1] * 12
    assert [seen.count(2000.0 + row) for row in range(4)] == [3] * 4
    counts = [seen.count(1000.0 + row) for row in range(7)]
    assert set(counts) == {1, 2}, "four batches, and two of them again"


def test_round_robin_goes_from_table_to_table() -> None:
    assert turns(mixed("round_robin")) == [0, 1, 2] * 6


@pytest.mark.parametrize("mixing", ["equal", "round_robin"])
def test_a_smaller_table_comes_in_another_order_each_time(mixing: str) -> None:
    """Of 48 rows and 16, the 16 come three times within the epoch."""
    found = mixed(mixing, counts=(48, 16))
    seen = [int(label) - 1000 for label in labels(found) if label >= 1000]
    passes = [tuple(seen[start : start + 16]) for start in (0, 16, 32)]
    assert all(sorted(rows) == list(range(16)) for rows in passes)
    assert len(set(passes)) == 3
    assert labels(mixed(mixing, counts=(48, 16))) == labels(found)


@pytest.mark.parametrize("mixing", ["proportional", "equal"])
def test_the_other_ways_are_in_a_random_order(mixing: str) -> None:
    seen = turns(mixed(mixing))
    assert seen != sorted(seen)
    assert seen != [0, 1, 2] * 6


@pytest.mark.parametrize("mixing", MIXINGS)
def test_unshuffled_tables_come_one_after_the_other(mixing: str) -> None:
    found = mixed(mixing, shuffle=False)
    seen = turns(found)
    assert seen == sorted(seen)
    assert labels(found)[:12] == [float(row) for row in range(12)]


# --- a function of seed, stage and epoch ---


@pytest.mark.parametrize("mixing", MIXINGS)
def test_an_epochs_order_is_a_function_of_its_number(mixing: str) -> None:
    walked, jumped = mixed(mixing), mixed(mixing)
    for _ in range(3):
        walked.on_epoch_end()
    jumped.begin(3)
    assert (walked.epoch, jumped.epoch) == (3, 3)
    assert labels(walked) == labels(jumped)
    jumped.begin(0)
    assert labels(jumped) == labels(mixed(mixing)) != labels(walked)


@pytest.mark.parametrize("mixing", ["proportional", "equal"])
def test_turns_change_with_seed_stage_and_epoch(mixing: str) -> None:
    later = mixed(mixing)
    later.begin(1)
    others = [mixed(mixing, seed=2), mixed(mixing, stage="other"), later]
    for other in others:
        assert turns(other) != turns(mixed(mixing))


def test_rows_are_positions_in_their_own_table() -> None:
    found = mixed("equal")
    for index in range(len(found)):
        inputs, _ = found[index]
        there = found.rows(index)
        assert (inputs["x"][: len(there), 0] % 1000).tolist() == there.tolist()


# --- one shape for all batches ---


def test_presence_that_one_table_needs_is_in_the_batches_of_all() -> None:
    names = ("a", "b")
    tables = []
    for absent in (None, "a"):
        arrays: dict[str, Any] = {f"{LABEL}y": np.zeros(4, "float32")}
        for name in names:
            arrays[name] = np.zeros((4, 1), "float32")
            arrays[f"{name}/present"] = np.full(4, name != absent)
        tables.append(EncodedBatches(arrays, batch_size=2))
    found = MixedBatches(tables)
    for index in range(len(found)):
        assert sorted(found[index][0]) == ["a", "a/present", "b"]
    present = [found[index][0]["a/present"].all() for index in range(len(found))]
    assert sorted(present) == [False, False, True, True]


def test_a_network_learns_from_tables_of_which_each_has_half() -> None:
    whole = rows(40)
    facts = {k: v for k, v in whole.items() if k in ("facts", f"{LABEL}sold")}
    kinds = {k: v for k, v in rows(24, seed=1).items() if k not in facts}
    wanted = {
        "facts": ((3,), "float32"),
        "kind": ((1,), "int32"),
        f"{LABEL}sold": ((), "int32"),
        f"{LABEL}price": ((), "float32"),
    }
    both = [batches(completed(arrays, wanted)) for arrays in (facts, kinds)]
    network = small_network()
    stage = Stage(2, batch_size=16, learning_rate=0.01)
    before = network.weights_by_name()
    history = train(network, stage, MixedBatches(both, "round_robin"))
    assert all(np.isfinite(epoch["loss"]) for epoch in history.epochs)
    after = network.weights_by_name()
    for part in ("facts/", "kind/", "fusion/", "sold/", "price/"):
        names = [name for name in after if name.startswith(part)]
        assert any(not np.array_equal(after[n], before[n]) for n in names), part


# --- what a table lacks ---

WANTED = {
    "photo": ((2, 2), "uint8"),
    "sound": ((3,), "float32"),
    f"{LABEL}kind": ((), "int32"),
    f"{LABEL}size": ((), "float32"),
    f"{LABEL}marks": ((2,), "float32"),
}


def test_what_a_table_lacks_is_absent_and_takes_no_memory() -> None:
    found = completed({"sound": np.ones((5, 3), "float32")}, WANTED)
    assert set(found) == {*WANTED, "photo/present", "sound/present"}
    assert found["photo"].shape == (5, 2, 2)
    assert found["photo"].dtype == np.uint8
    assert not found["photo"].any()
    assert found["photo"].strides == (0, 0, 0)
    assert found["photo/present"].tolist() == [False] * 5
    assert found["sound/present"].tolist() == [True] * 5
    assert found[f"{LABEL}kind"].tolist() == [-1] * 5
    assert np.isnan(found[f"{LABEL}size"]).all()
    assert np.isnan(found[f"{LABEL}marks"]).all()
    assert found[f"{LABEL}marks"].shape == (5, 2)


def test_what_is_not_wanted_is_left_out() -> None:
    arrays = {"sound": np.ones((5, 3), "float32"), "other": np.ones(5)}
    assert "other" not in completed(arrays, WANTED)


def test_presence_of_a_table_is_kept() -> None:
    here = np.array([True, False])
    arrays = {"sound": np.ones((2, 3), "float32"), "sound/present": here}
    assert completed(arrays, WANTED)["sound/present"].tolist() == [True, False]


def test_a_label_may_come_under_another_name() -> None:
    arrays = {"sound": np.ones((2, 3), "float32"), f"{LABEL}s:kind": np.array([4, 5])}
    renamed = {f"{LABEL}kind": f"{LABEL}s:kind"}
    found = completed(arrays, WANTED, renamed)
    assert found[f"{LABEL}kind"].tolist() == [4, 5]
    assert f"{LABEL}s:kind" not in found


def test_further_arrays_stand_for_those_of_the_same_name() -> None:
    here = np.array([False, True])
    arrays = {"sound": np.ones((2, 3), "float32"), "sound/present": here}
    kept = np.full((2, 7), 5, "float32")
    found = completed(arrays, WANTED, extra={"sound": kept})
    assert np.array_equal(found["sound"], kept)
    assert found["sound/present"].tolist() == [False, True], "absent stays absent"
    only = completed({f"{LABEL}kind": np.zeros(2, int)}, WANTED, extra={"sound": kept})
    assert only["sound/present"].all()


def test_tables_without_a_label_have_weights_of_zero_for_it() -> None:
    arrays = {"x": np.ones((3, 2), "float32"), "label//y": np.ones(3, "float32")}
    wanted = {
        "x": ((2,), "float32"),
        "label//y": ((), "float32"),
        "weight//y": ((), "float32"),
    }
    found = completed(arrays, wanted)
    assert found["weight//y"].tolist() == [0.0, 0.0, 0.0]
    assert set(found) == {*wanted, "x/present"}
