from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.heads import Classification
from sensorium.nn.loss_metric import LossMetric, RecordedLoss
from sensorium.nn.present import Present
from tests.nn.samples import array, through_json

LABELS = np.array([0.0, np.nan, 1.0, np.nan, np.nan, 5.0], "float32")
OUTPUTS = np.array([2.0, 9.0, 1.0, np.nan, 3.0, 2.0], "float32")


def value(metric) -> float:
    return float(array(metric.result()))


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_a_label_counts_the_same_in_every_batch(size) -> None:
    loss = RecordedLoss(Present("mse", "number"), LossMetric("price_loss"))
    for start in range(0, 6, size):
        part = slice(start, start + size)
        given = LABELS[part], OUTPUTS[part]
        np.testing.assert_array_equal(array(loss(*given)), array(loss.loss(*given)))
    assert value(loss.metric) == pytest.approx((4 + 0 + 9) / 3)
    loss.metric.reset_state()
    assert np.isnan(value(loss.metric))


def test_weights_count_and_rows_of_weight_zero_may_be_anything() -> None:
    loss = RecordedLoss(Present("mse", "number"), LossMetric("price_loss"))
    weights = np.array([2.0, 1.0, 0.0, 1.0, 1.0, 1.0], "float32")
    outputs = OUTPUTS.copy()
    outputs[2] = np.inf
    found = array(loss(LABELS, outputs, weights))
    assert value(loss.metric) == pytest.approx((2 * 4 + 9) / 3) == float(found)


def test_the_loss_over_nothing_is_no_number() -> None:
    loss = RecordedLoss(Classification(2).loss_function(), LossMetric("sold_loss"))
    found = loss(np.array([-1, -1]), np.zeros((2, 2), "float32"))
    assert float(array(found)) == 0.0
    assert np.isnan(value(loss.metric))


def test_config_comes_back() -> None:
    assert through_json(LossMetric("mine")).name == "mine"
