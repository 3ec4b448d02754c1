from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.loss_metric import LossMetric
from sensorium.nn.pixels import PixelIoU
from sensorium.nn.row_mean import RowMean
from tests.nn.samples import array, through_json

VALUES = np.array([4.0, np.inf, 0.0, 9.0], "float32")
PRESENT = np.array([True, False, True, True])


def value(metric) -> float:
    return float(array(metric.result()))


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_row_counts_the_same_in_every_batch(size) -> None:
    metric = RowMean("m")
    assert np.isnan(value(metric))
    for start in range(0, 4, size):
        part = slice(start, start + size)
        metric.add_rows(VALUES[part], PRESENT[part])
    assert value(metric) == pytest.approx((4 + 0 + 9) / 3)
    metric.reset_state()
    assert np.isnan(value(metric))


def test_weights_count_and_rows_of_weight_zero_may_be_anything() -> None:
    metric = RowMean("m")
    weights = np.array([2.0, 5.0, 1.0, 0.0], "float32")
    values = np.array([4.0, np.nan, 1.0, np.inf], "float32")
    metric.add_rows(values, PRESENT, weights[:, None])
    assert value(metric) == pytest.approx((2 * 4 + 1) / 3)


@pytest.mark.parametrize("kind", [LossMetric, PixelIoU])
def test_metrics_of_rows_share_it_and_come_back_from_their_config(kind) -> None:
    metric = kind(name="mine")
    assert isinstance(metric, RowMean)
    assert [weight.name for weight in metric.variables] == ["total", "count"]
    again = through_json(metric)
    assert (type(again), again.name) == (kind, "mine")
