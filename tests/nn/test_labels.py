from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.heads import Classification, Regression
from sensorium.nn.labels import complete_labels, complete_weights

HEADS = {"kind": Classification(2), "price": Regression()}
OUTPUTS = {"kind": np.zeros((3, 2), "float32"), "price": np.zeros(3, "float32")}


class Own(Regression):
    of = "facts"

    def label_from(self, values, present):
        return keras.ops.where(present, values[:, 0], float("nan"))


def array(values):
    return np.asarray(keras.ops.convert_to_numpy(values))


def test_labels_that_are_not_given_are_absent():
    found = complete_labels(HEADS, {"kind": np.array([0, 1, 1])}, OUTPUTS, None)
    assert array(found["kind"]).tolist() == [0, 1, 1]
    assert np.isnan(array(found["price"])).all()
    none = complete_labels(HEADS, None, OUTPUTS, None)
    assert (array(none["kind"]) == -1).all()


def test_a_head_can_make_its_labels_of_an_input():
    inputs = {"facts": np.ones((3, 2), "float32"), "facts/present": np.arange(3) < 2}
    found = complete_labels({"own": Own()}, {}, {"own": OUTPUTS["price"]}, inputs)
    assert array(found["own"])[:2].tolist() == [1.0, 1.0]
    assert np.isnan(array(found["own"])[2])


def test_a_single_head_takes_an_array_and_unknown_names_are_refused():
    labels = np.array([1.0, 2.0, 3.0])
    found = complete_labels({"price": HEADS["price"]}, labels, OUTPUTS, None)
    assert found["price"] is labels
    with pytest.raises(DataError, match="Did you mean `price`"):
        complete_labels(HEADS, {"prise": labels}, OUTPUTS, None)


def test_weights_are_ones_where_none_are_given():
    found = complete_weights(HEADS, {"price": np.array([2.0, 2.0, 2.0])}, OUTPUTS)
    assert array(found["kind"]).tolist() == [1.0, 1.0, 1.0]
    assert complete_weights(HEADS, None, OUTPUTS) is None
