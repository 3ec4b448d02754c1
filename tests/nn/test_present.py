from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.present import (
    Present,
    PresentMetric,
    flag_accuracy,
    labels_present,
    loss_name,
    present_mean,
    present_metric,
)
from tests.nn.samples import array, through_json


@pytest.mark.parametrize(
    ("target", "labels", "expected"),
    [
        ("category", np.array([0, -1, 3, -7]), [True, False, True, False]),
        ("category", np.array([0.0, np.nan]), [True, False]),
        ("number", np.array([0.0, np.nan, -1.0]), [True, False, True]),
        ("flags", np.array([[0.0, 1.0], [np.nan, 1.0]]), [True, False]),
    ],
)
def test_what_counts_as_absent(target, labels, expected) -> None:
    labels = keras.ops.convert_to_tensor(labels)
    assert array(labels_present(target, labels)).tolist() == expected


def test_mean_ignores_nan_where_absent() -> None:
    values = keras.ops.convert_to_tensor(np.array([1.0, np.nan, 5.0], "float32"))
    present = keras.ops.convert_to_tensor(np.array([True, False, True]))
    assert float(array(present_mean(values, present))) == 3.0
    nothing = keras.ops.zeros_like(present)
    assert float(array(present_mean(values, nothing))) == 0.0


def test_a_loss_may_be_a_function_of_the_user() -> None:
    def cubic(y_true, y_pred):
        return keras.ops.abs(y_true - y_pred) ** 3

    loss = Present(cubic, "number")
    assert loss.name == "cubic"
    found = loss(np.array([1.0, np.nan], "float32"), np.array([3.0, 3.0], "float32"))
    assert float(array(found)) == 8.0


def test_class_losses_of_keras_work_on_logits() -> None:
    keras_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    logits = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    labels = np.array([0, -1, 2, 1])
    there = labels >= 0
    expected = array(keras_loss(labels[there], logits[there]))
    found = array(Present(keras_loss, "category")(labels, logits))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_config_comes_back() -> None:
    loss = through_json(Present(keras.losses.Huber(name="h"), "number", name="mine"))
    assert (loss.name, loss.target) == ("mine", "number")
    assert loss.loss.name == "h"
    metric = through_json(PresentMetric("mae", "number"))
    assert (metric.name, metric.target) == ("mae", "number")


def test_metrics_keep_the_users_word() -> None:
    assert PresentMetric("mse", "number").name == "mse"
    assert PresentMetric("accuracy", "flags").name == "accuracy"
    assert PresentMetric(keras.metrics.AUC(name="area"), "flags").name == "area"
    there = PresentMetric("mse", "number")
    assert present_metric(there, "number") is there


def test_metric_weights_rows() -> None:
    metric = PresentMetric("mae", "number")
    labels = np.array([0.0, np.nan, 0.0], "float32")
    outputs = np.array([2.0, 9.0, 4.0], "float32")
    metric.update_state(labels, outputs, np.array([3.0, 5.0, 1.0], "float32"))
    assert float(array(metric.result())) == 2.5


def test_flag_accuracy_is_from_logits() -> None:
    logits = keras.ops.convert_to_tensor([[2.0, -1.0, 0.3, -0.3]])
    labels = keras.ops.convert_to_tensor([[1.0, 0.0, 0.0, 1.0]])
    assert array(flag_accuracy(labels, logits)).tolist() == [0.5]


@pytest.mark.parametrize(
    ("loss", "name"),
    [("mse", "mse"), (keras.losses.Huber(name="h"), "h"), (abs, "abs"), (3, "loss")],
)
def test_losses_have_names(loss, name) -> None:
    assert loss_name(loss) == name


def test_values_are_absent_only_where_nothing_is_known() -> None:
    labels = np.array([[1.0, np.nan], [np.nan, np.nan], [0.0, 2.0]], "float32")
    found = array(labels_present("values", keras.ops.convert_to_tensor(labels)))
    assert found.tolist() == [True, False, True]


def test_a_keras_loss_of_values_counts_known_entries_alone() -> None:
    # Of zeros this loss is log 2: an unknown entry that counted would be seen.
    keras_loss = keras.losses.BinaryCrossentropy(from_logits=True)
    labels = np.array([[1.0, np.nan, 0.0], [np.nan, np.nan, 1.0]], "float32")
    outputs = np.array([[2.0, 5.0, -1.0], [9.0, 9.0, 0.5]], "float32")
    found = float(array(Present(keras_loss, "values")(labels, outputs)))
    costs = np.log1p(np.exp(-np.array([2.0, 1.0, 0.5])))
    assert found == pytest.approx((costs[:2].mean() + costs[2]) / 2, rel=1e-6)


def test_a_loss_that_mixes_entries_is_refused() -> None:
    def whole(y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=(1, 2))

    ones = np.ones((2, 3), "float32")
    with pytest.raises(DataError, match="a mean over the last axis alone"):
        Present(whole, "values")(ones, ones)


def test_a_metric_of_values_weighs_rows_and_counts_entries() -> None:
    metric = PresentMetric("mse", "values")
    labels = np.array([[0.0, np.nan], [0.0, 0.0]], "float32")
    outputs = np.array([[2.0, 9.0], [1.0, 3.0]], "float32")
    metric.update_state(labels, outputs, np.array([3.0, 1.0], "float32"))
    assert float(array(metric.result())) == pytest.approx((3 * 4 + 1 + 9) / 5)


def test_a_name_of_keras_means_its_loss_of_logits() -> None:
    logits = np.array([[2.0, -1.0]], "float32")
    for name, target, labels in (
        ("sparse_categorical_crossentropy", "category", np.array([0])),
        ("binary_crossentropy", "flags", np.array([[1.0, 0.0]], "float32")),
    ):
        known = getattr(keras.losses, name)
        expected = array(known(labels, logits, from_logits=True)).mean()
        for loss in (name, known):
            found = array(Present(loss, target)(labels, logits))
            np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_losses_of_probabilities_and_sums_are_refused() -> None:
    with pytest.raises(DataError, match="outputs are logits"):
        Present(keras.losses.SparseCategoricalCrossentropy(), "category")
    with pytest.raises(DataError, match="not their sum"):
        Present(keras.losses.MeanSquaredError(reduction="sum"), "number")
    with pytest.raises(DataError, match=r"no loss `hubber`\. Did you mean `huber`"):
        Present("hubber", "number")


@pytest.mark.parametrize("target", ["number", "category", "flags"])
def test_a_loss_without_a_value_a_row_is_refused(target) -> None:
    loss = Present(lambda t, p: keras.ops.mean(p), target, name="mine")
    outputs = np.ones((3, 2), "float32") if target != "number" else np.ones(3)
    labels = outputs if target == "flags" else np.ones(3)
    with pytest.raises(DataError, match="loss `mine`: a loss must give one value a"):
        loss(labels, outputs)


def test_a_row_of_weight_zero_may_have_no_loss() -> None:
    values = keras.ops.convert_to_tensor(np.array([np.nan, 2.0], "float32"))
    present = keras.ops.convert_to_tensor(np.array([True, True]))
    weight = np.array([0.0, 3.0], "float32")
    assert float(array(present_mean(values, present, weight))) == 2.0
