"""Batches of one shape, in an order that is a function of seed, stage and epoch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sensorium.data import ArrayStore, ArrayWriter
from sensorium.data.order import permute
from sensorium.network import join
from sensorium.nn.encoders import MLP
from sensorium.nn.heads import Reconstruction
from sensorium.training import Stage, train
from sensorium.training.dataset import LABEL, WEIGHT, EncodedBatches, split_labels
from tests.nn.samples import array
from tests.training.made import batches, rows, small_network


def numbered(count: int = 40) -> dict[str, np.ndarray]:
    """Rows that say which they are."""
    row = np.arange(count)
    return {
        "facts": np.stack([row, row], axis=1).astype("float32"),
        "facts/present": row % 3 > 0,
        f"{LABEL}sold": row.astype("int32"),
        f"{LABEL}price": row.astype("float32"),
        f"{LABEL}marks": np.stack([row % 2, row % 3 == 0], axis=1).astype("float32"),
    }


def epoch_of(found: EncodedBatches) -> list[int]:
    """The rows of an epoch in its order; -1 for rows without labels."""
    return [int(n) for i in range(len(found)) for n in found[i][1]["sold"]]


def test_inputs_and_labels_are_parted_by_the_beginning_of_the_name() -> None:
    inputs, labels = batches(numbered())[0]
    assert list(inputs) == ["facts", "facts/present"]
    assert list(labels) == ["sold", "price", "marks"]
    same: tuple[dict[str, Any], dict[str, Any]] = split_labels(numbered())
    assert (list(same[0]), list(same[1])) == (list(inputs), list(labels))


def test_presence_that_is_true_in_every_row_is_left_out() -> None:
    arrays = {
        "facts": numbered()["facts"],
        "facts/present": np.ones(40, bool),
        f"{LABEL}present": np.ones(40, "int32"),
    }
    inputs, labels = batches(arrays)[0]
    assert (list(inputs), list(labels)) == (["facts"], ["present"])


def test_training_is_the_same_without_presence_that_is_always_true() -> None:
    arrays = {**rows(), "kind/present": np.ones(48, bool)}
    told, silent = batches(arrays), batches(arrays)
    told.needless = frozenset()
    assert "kind/present" in told[0][0]
    found = []
    for given in (told, silent):
        network = small_network()
        train(network, Stage(2, batch_size=16), given)
        found.append(network.get_weights())
    for one, two in zip(*found, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_equal_arguments_give_equal_batches() -> None:
    one, two = (batches(numbered(), seed=4, stage="main") for _ in range(2))
    for epoch in range(3):
        assert epoch_of(one) == epoch_of(two), epoch
        for found in (one, two):
            found.on_epoch_end()


def test_a_batch_does_not_depend_on_those_taken_before() -> None:
    one, two = (batches(numbered(), seed=4) for _ in range(2))
    epoch_of(one)
    np.testing.assert_array_equal(one[2][0]["facts"], two[2][0]["facts"])


@pytest.mark.parametrize("change", [{"seed": 1}, {"stage": "other"}])
def test_another_seed_or_stage_gives_another_order(change) -> None:
    usual = {"seed": 0, "stage": "main"}
    one = batches(numbered(), **usual)
    assert epoch_of(one) != epoch_of(batches(numbered(), **{**usual, **change}))


def test_every_epoch_has_every_row_once_in_another_order() -> None:
    found, orders = batches(numbered()), []
    for _ in range(3):
        orders.append([row for row in epoch_of(found) if row >= 0])
        found.on_epoch_end()
    assert all(sorted(order) == list(range(40)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3


def test_rows_that_begin_anew_within_an_epoch_come_in_another_order() -> None:
    found = batches(numbered(), seed=2)
    number = len(found)

    def order(again: int) -> list[int]:
        places = range(again * number, (again + 1) * number)
        labels = [found.turn(place)[1]["sold"] for place in places]
        return [int(row) for part in labels for row in part if row >= 0]

    orders = [order(again) for again in range(3)]
    assert all(sorted(rows) == list(range(40)) for rows in orders)
    assert len({tuple(rows) for rows in orders}) == 3
    assert orders[0] == [row for row in epoch_of(found) if row >= 0]
    assert order(2) == orders[2], "whatever was taken in between"
    found.on_epoch_end()
    assert order(1) not in orders
    with pytest.raises(IndexError):
        found[number]


def test_without_shuffling_every_epoch_has_the_order_of_the_table() -> None:
    found = batches(numbered(), shuffle=False)
    for _ in range(2):
        assert epoch_of(found)[:40] == list(range(40))
        found.on_epoch_end()


def test_values_stay_with_their_labels() -> None:
    inputs, labels = batches(numbered(), seed=2)[1]
    np.testing.assert_array_equal(inputs["facts"][:, 0], labels["sold"])
    np.testing.assert_array_equal(inputs["facts/present"], labels["sold"] % 3 > 0)
    np.testing.assert_array_equal(labels["price"], labels["sold"])
    np.testing.assert_array_equal(labels["marks"][:, 0], labels["sold"] % 2)


def test_rows_says_where_the_rows_of_a_batch_stand() -> None:
    found = batches(numbered(), seed=2)
    found.on_epoch_end()
    for index in range(len(found)):
        positions = found.rows(index).tolist()
        assert found[index][1]["sold"][: len(positions)].tolist() == positions
    assert len(found.rows(2)) == 8


def test_the_last_batch_is_filled_with_rows_without_labels() -> None:
    inputs, labels = batches(numbered(), shuffle=False)[2]
    assert {len(array) for array in [*inputs.values(), *labels.values()]} == {16}
    assert labels["sold"].tolist() == [*range(32, 40), *[-1] * 8]
    assert np.isnan(labels["price"][8:]).all()
    assert np.isnan(labels["marks"][8:]).all()
    assert np.isfinite(inputs["facts"]).all()
    whole = numbered()
    assert {n: a.dtype for n, a in inputs.items()} == {
        n: whole[n].dtype for n in inputs
    }
    assert all(array.dtype == whole[LABEL + n].dtype for n, array in labels.items())


def test_a_filled_batch_has_the_loss_of_the_short_one() -> None:
    network, arrays = small_network(), rows(20)
    network.compile()
    _, labels = batches(arrays, shuffle=False)[1]
    draw = np.random.default_rng(0)
    outputs = {"sold": draw.normal(size=(16, 2)), "price": draw.normal(size=16)}
    outputs = {name: values.astype("float32") for name, values in outputs.items()}
    assert len(labels["sold"]) == 16
    filled = network.compute_loss(y=labels, y_pred=outputs)
    short = [{name: a[:4] for name, a in part.items()} for part in (labels, outputs)]
    expected = network.compute_loss(y=short[0], y_pred=short[1])
    np.testing.assert_allclose(array(filled), array(expected), rtol=1e-5)


def test_memory_and_disk_give_equal_batches(tmp_path) -> None:
    with ArrayWriter(tmp_path / "store") as writer:
        writer.append(numbered())
    stored = ArrayStore.open(tmp_path / "store")
    one, two = batches(numbered(), seed=3), batches(stored, seed=3)
    assert len(one) == len(two) == 3
    for index in range(3):
        for memory, disk in zip(one[index], two[index], strict=True):
            assert list(memory) == list(disk)
            for name in memory:
                np.testing.assert_array_equal(memory[name], disk[name])
                assert memory[name].dtype == disk[name].dtype


def test_training_goes_through_the_epochs_from_the_first() -> None:
    """Keras looks into the data before it begins; that may not shift the order."""
    seen: list[tuple[int, list[int]]] = []

    class Seen(EncodedBatches):
        def __getitem__(self, index: int) -> Any:
            seen.append((self.epoch, self.rows(index).tolist()))
            return super().__getitem__(index)

    class Steps(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            seen.append((-1, [epoch]))

    arrays = rows(40)
    for name in list(arrays):
        if name.startswith(LABEL):
            arrays[name][:] = -1 if name.endswith("sold") else np.nan
    network, data = small_network(), Seen(arrays, batch_size=16, seed=5)
    stage = Stage(2, batch_size=16, warmup=0.0, schedule="constant")
    history = train(network, stage, data, callbacks=[Steps()])
    for number in range(2):
        expected = batches(arrays, seed=5)
        for _ in range(number):
            expected.on_epoch_end()
        wanted = [(number, expected.rows(i).tolist()) for i in range(3)]
        start = seen.index((-1, [number]))
        assert [one for one in seen[start:] if one[0] == number][:3] == wanted
    assert [epoch["loss"] for epoch in history.epochs] == [0.0, 0.0]


def test_rows_that_fill_the_last_batch_are_no_labels_made_of_inputs() -> None:
    facts = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    arrays = {"facts": facts, "facts/present": np.ones(5, bool)}
    network = join(
        {"facts": MLP(4)}, heads={"again": Reconstruction("facts", reads="facts")}
    ).build_from({"facts": ((3,), "float32")})
    network.compile()
    last = EncodedBatches(arrays, batch_size=4, shuffle=False, labelling=["facts"])[1]
    found = network.compute_loss(last[0], last[1], network(last[0]))
    alone = {"facts": facts[4:]}
    expected = network.compute_loss(alone, {}, network(alone))
    assert array(found) == pytest.approx(array(expected), rel=1e-5)
    whole = EncodedBatches(arrays, batch_size=5, shuffle=False, labelling=["facts"])
    assert list(whole[0][0]) == ["facts"], "no row fills it up: presence is not needed"


def test_sample_weights_go_with_their_rows_and_fill_up_batches() -> None:
    arrays = numbered() | {f"{WEIGHT}sold": np.arange(40, dtype="float32")}
    dataset = EncodedBatches(arrays, batch_size=16, seed=1)
    for index in range(len(dataset)):
        inputs, labels, weights = dataset[index]
        assert set(inputs) == {"facts", "facts/present"}
        assert set(labels) == {"sold", "price", "marks"}
        there = labels["sold"] >= 0
        np.testing.assert_array_equal(weights["sold"][there], labels["sold"][there])
        assert np.isfinite(weights["sold"]).all()
    assert len(EncodedBatches(numbered(), batch_size=16)[0]) == 2


def test_an_output_called_present_may_have_weights() -> None:
    arrays = {
        "facts": np.ones((4, 2), "float32"),
        f"{LABEL}present": np.ones(4, "float32"),
        f"{WEIGHT}present": np.ones(4, "float32"),
    }
    inputs, labels, weights = EncodedBatches(arrays, batch_size=3)[1]
    assert set(inputs) == {"facts"}
    assert set(labels) == set(weights) == {"present"}


def test_the_order_of_an_epoch_is_worked_out_once(monkeypatch) -> None:
    made = []
    order = "sensorium.data.batches.permute"

    def counted(*arguments):
        made.append(1)
        return permute(*arguments)

    monkeypatch.setattr(order, counted)
    found = batches(numbered())
    found.on_epoch_end()
    first = found[0]
    found.begin(1)
    assert epoch_of(found)[:16] == first[1]["sold"].tolist()
    assert len(made) == 1
    found.begin(2)
    assert epoch_of(found)[:16] != first[1]["sold"].tolist()


def test_an_epoch_that_begins_anew_begins_with_its_first_pass() -> None:
    found = batches(numbered())
    first = found[0][1]["sold"].tolist()
    assert found.turn(len(found))[1]["sold"].tolist() != first
    found.begin(0)
    assert found[0][1]["sold"].tolist() == first
