"""Copies of heads that read one input: their names, labels, gradients and files."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.nn.heads import (
    Box,
    Classification,
    Flags,
    Reconstruction,
    Regression,
    Segmentation,
)
from sensorium.nn.labels import complete_labels, complete_weights
from sensorium.nn.unimodal import (
    can_be_copied,
    copies_of,
    labels_where_present,
    unimodal_copy,
    unimodal_name,
    with_unimodal_heads,
)
from tests.nn.input_balance.made import COPIES, array, learn, network, rows


def test_every_output_has_a_copy_for_every_input() -> None:
    heads = with_unimodal_heads({"sold": Classification(2)}, ["photo", "facts"], 0.5)
    assert list(heads) == ["sold", "sold_from_photo", "sold_from_facts"]
    copied = heads["sold_from_photo"]
    assert (copied.reads, copied.labels_of, copied.passes) == ("photo", "sold", 0.5)
    assert copies_of(heads) == {
        "sold": {"photo": "sold_from_photo", "facts": "sold_from_facts"}
    }


def test_a_name_that_is_taken_gets_a_longer_one() -> None:
    assert unimodal_name("sold", "photo", ["sold_from_photo"]) == "sold_from_photo_"
    heads = {"a": Classification(2), "a_from_b": Classification(2)}
    assert list(with_unimodal_heads(heads, ["b"])) == [
        "a",
        "a_from_b",
        "a_from_b_",
        "a_from_b_from_b",
    ]


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (Classification(2), True),
        (Box(), True),
        (Flags(3), True),
        (Classification(2, reads="photo"), False),
        (Reconstruction(of="photo"), False),
        (Segmentation(), False),
    ],
)
def test_heads_that_need_more_than_one_encoding_have_no_copy(head, wanted) -> None:
    assert can_be_copied(head) is wanted


@pytest.mark.parametrize(
    ("head", "labels", "absent"),
    [
        (Classification(2), np.array([1, 0, 1], "uint8"), [-1, 0, -1]),
        (Regression(), np.array([1.0, 2.0, 3.0]), [np.nan, 2.0, np.nan]),
        (Flags(2), np.ones((3, 2), bool), [[np.nan] * 2, [1.0] * 2, [np.nan] * 2]),
    ],
)
def test_labels_are_absent_where_the_input_is(head, labels, absent) -> None:
    copied = unimodal_copy(head, "sold", "photo", name="sold_from_photo")
    present = {"photo/present": np.array([False, True, False])}
    found = labels_where_present(copied, labels, present)
    np.testing.assert_array_equal(array(found), absent)
    np.testing.assert_array_equal(labels_where_present(copied, labels, {}), labels)


def test_labels_and_weights_of_an_output_are_those_of_its_copies() -> None:
    heads = network().heads
    outputs = {name: np.zeros((3, 2), "float32") for name in heads}
    given = {"sold": np.array([0, 1, -1])}
    inputs = {"more/present": np.array([True, False, True])}
    labels = complete_labels(heads, given, outputs, inputs)
    assert array(labels["sold_from_facts"]).tolist() == [0, 1, -1]
    assert array(labels["sold_from_more"]).tolist() == [0, -1, -1]
    own = {**given, "sold_from_more": np.array([1, 1, 1])}
    found = complete_labels(heads, own, outputs, inputs)["sold_from_more"]
    assert found.tolist() == [1, 1, 1]
    none = complete_labels(heads, {}, outputs, inputs)
    assert (array(none["sold_from_facts"]) == -1).all()
    weights = complete_weights(heads, {"sold": np.array([0.5, 1, 2])}, labels)
    assert weights["sold_from_more"].tolist() == [0.5, 1, 2]


@pytest.fixture(scope="module")
def trained():
    x, y = rows()
    model = network(weight=0.5)
    model.compile(keras.optimizers.SGD(0.1))
    present = np.arange(32) % 4 > 0
    x = {**x, "more/present": present}
    return model, learn(model, x, y, 2, validation_data=(x, y)), x, y


def test_fit_needs_no_labels_of_theirs_and_tells_their_scores(trained) -> None:
    _, told, *_ = trained
    for name in COPIES:
        assert np.isfinite(told[f"{name}_accuracy"]).all()
        assert np.isfinite(told[f"val_{name}_accuracy"]).all()
        assert min(told[f"{name}_loss"]) > 0


def test_rows_without_the_input_do_not_count_in_its_scores(trained) -> None:
    model, told, x, y = trained
    logits = array(model(x)["sold_from_more"])
    right = (logits.argmax(1) == y["sold"])[x["more/present"]]
    np.testing.assert_allclose(told["val_sold_from_more_accuracy"][-1], right.mean())


def test_a_file_gives_the_copies_back(trained, tmp_path) -> None:
    model, _, x, _ = trained
    model.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    assert copies_of(loaded.heads) == copies_of(model.heads)
    assert loaded.heads["sold_from_more"].passes == 0.5
    np.testing.assert_array_equal(
        array(loaded(x)["sold_from_more"]), array(model(x)["sold_from_more"])
    )


@pytest.mark.parametrize("weight", [0.0, 0.25, 3.0])
def test_the_weight_counts_in_the_encoder_and_not_in_the_head(weight) -> None:
    x, y = rows()
    changes = {}
    for share in (1.0, weight):
        model = network(share)
        model.compile(
            keras.optimizers.SGD(1.0), loss_weights={"sold": 0.0}
        )  # the fused head is silent
        parts = model.encoders["more"], model.heads["sold_from_more"]
        before = [part.get_weights()[0] for part in parts]
        model.fit(x, y, batch_size=32, verbose=0)
        after = [part.get_weights()[0] for part in parts]
        changes[share] = [a - b for a, b in zip(after, before, strict=True)]
    (usual, own), (found, same) = changes[1.0], changes[weight]
    np.testing.assert_allclose(found, weight * usual, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(same, own, rtol=1e-3, atol=1e-6)
