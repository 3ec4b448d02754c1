"""`Matching`: how far an encoding is from its teacher's."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.network import join
from sensorium.nn.encoders import MLP
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Regression
from sensorium.nn.heads.matching import Matching
from tests.nn.samples import array

TAUGHT = np.array([[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 2.0]], "float32")


def test_the_loss_is_the_squared_distance_divided_by_the_width() -> None:
    head = Matching("photo")
    outputs = head(keras.ops.zeros((2, 4)))
    assert array(
        head.row_loss(keras.ops.convert_to_tensor(TAUGHT), outputs)
    ).tolist() == [7.5, 1.0]
    assert float(array(head.loss_function()(TAUGHT, outputs))) == pytest.approx(4.25)


def test_rows_without_a_teacher_weigh_nothing() -> None:
    head = Matching("photo")
    labels = TAUGHT.copy()
    labels[0] = np.nan
    loss = head.loss_function()(labels, np.zeros((2, 4), "float32"))
    assert float(array(loss)) == pytest.approx(1.0)
    absent = head.absent(np.zeros((2, 4), "float32"))
    assert array(absent).shape == (2, 4)
    assert np.isnan(array(absent)).all()
    assert float(head.loss_function()(absent, np.zeros((2, 4), "float32"))) == 0.0


def test_it_hands_the_encoding_on_and_has_no_weights() -> None:
    head = Matching("photo")
    assert np.array_equal(array(head(TAUGHT)), TAUGHT)
    assert head.weights == []
    assert head.compute_output_shape((None, 4)) == (None, 4)
    assert head.decode(TAUGHT)["value"].dtype == np.float64
    assert array(head(keras.ops.cast(TAUGHT, "bfloat16"))).dtype == np.float32


def test_the_metric_is_the_mean_absolute_difference_of_taught_rows() -> None:
    [metric] = Matching("photo").metric_objects()
    labels = TAUGHT.copy()
    labels[1] = np.nan
    metric.update_state(labels, np.zeros((2, 4), "float32"))
    assert float(metric.result()) == pytest.approx(2.5)


def test_its_document_gives_it_back() -> None:
    head = Matching("photo", weight=0.25, name="teacher_of_photo")
    twin = Matching.from_config(head.get_config())
    assert twin.get_config() == head.get_config()
    assert (twin.reads, twin.weight, twin.name) == ("photo", 0.25, "teacher_of_photo")


@pytest.mark.parametrize("weight", [0.5, 2.0])
def test_the_weight_is_a_factor_in_the_networks_loss(weight: float) -> None:
    heads = {"y": Regression(), "near": Matching("a", weight=weight)}
    network = join({"a": MLP(4)}, Concat(4), heads)
    network.build_from({"a": ((2,), "float32")})
    network.compile("sgd")
    inputs = {"a": np.ones((2, 2), "float32")}
    outputs = network(inputs)
    distance = float(np.mean((array(outputs["near"]) - TAUGHT) ** 2))
    loss = network.compute_loss(inputs, {"near": TAUGHT}, outputs)
    assert float(array(loss)) == pytest.approx(weight * distance, rel=1e-5)
