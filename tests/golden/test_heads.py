"""Numbers of the heads' losses that others have printed, or worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sensorium.nn.boxes import overlap
from sensorium.nn.heads import Box, Ordinal, Quantiles
from tests.nn.samples import array


def test_generalised_overlap_of_the_boxes_that_torchvision_tests() -> None:
    # pytorch/vision, test/test_ops.py, TestGeneralizedBoxIou.
    boxes = np.array([[0, 0, 100, 100], [0, 0, 50, 50], [200, 200, 300, 300]])
    expected = [[1.0, 0.25, -0.7778], [0.25, 1.0, -0.8611], [-0.7778, -0.8611, 1.0]]
    one = np.repeat(boxes, 3, axis=0).astype("float32")
    two = np.tile(boxes, (3, 1)).astype("float32")
    found = array(overlap(one, two)[1]).reshape(3, 3)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def box_loss(loss: str, labels, outputs, **arguments) -> float:
    head = Box(loss=loss, **arguments)
    head.build((None, 2))
    head.adapt([0.0, 0.0], [1.0, 1.0], [2.0, 4.0])
    found = head.loss_function()(np.array(labels), np.array(outputs))
    return float(array(found))


def test_box_losses_by_hand() -> None:
    labels, outputs = [[0.0, 0.0, 2.0, 2.0]], [[1.0, 1.0, 3.0, 3.0]]
    # Apart by 1/2 scale along x, 1/4 along y; beta = 0.3: 0.35, and 0.25^2 / 0.6.
    smooth = (0.5 - 0.15 + 0.25**2 / 0.6) / 2
    assert box_loss("smooth_l1", labels, outputs, beta=0.3) == pytest.approx(smooth)
    # Inside 1, union 7, around 9, whatever the scales are.
    generalised = 1 - (1 / 7 - 2 / 9)
    assert box_loss("giou", labels, outputs) == pytest.approx(generalised)
    both = box_loss("sum", labels, outputs, beta=0.3)
    assert both == pytest.approx(smooth + generalised)


def test_pinball_loss_by_hand() -> None:
    # Label 3 and the quantiles 1, 4 of 0.1, 0.9: 0.1 * 2 and 0.1 * 1; scale 2.
    head = Quantiles((0.9, 0.1))
    head.build((None, 2))
    head.adapt(0.0, 2.0)
    found = head.loss_function()(np.array([3.0]), np.array([[1.0, 4.0]]))
    assert float(array(found)) == pytest.approx((0.2 + 0.1) / 2 / 2)


def ordered(loss: str, counts: list[int]) -> Ordinal:
    head = Ordinal(len(counts), loss=loss)
    head.build((None, 2))
    head.adapt([count - 1 for count in counts])  # one is added to each
    head.output_layer.kernel.assign(np.zeros((2, 1), "float32"))
    return head


def test_ordered_losses_by_hand() -> None:
    # Shares 1/2, 1/4, 1/4, so that P(y > 0) = 1/2 and P(y > 1) = 1/4.
    label, rows = np.array([1]), np.zeros((1, 2), "float32")
    head = ordered("cumulative_link", [40, 20, 20])
    found = head.loss_function()(label, head(rows))
    assert float(array(found)) == pytest.approx(math.log(4), rel=1e-4)
    head = ordered("coral", [40, 20, 20])
    found = head.loss_function()(label, head(rows))
    assert float(array(found)) == pytest.approx(math.log(2) - math.log(3 / 4), rel=1e-4)


def test_proportional_odds_by_hand() -> None:
    # McCullagh's rule: the odds of every cumulative share change by the same factor.
    head = ordered("cumulative_link", [40, 20, 20])
    head.output_layer.bias.assign([math.log(3.0)])
    shares = head.decode(head(np.zeros((1, 2), "float32")))["probability"][0]
    cumulative = np.cumsum(shares)[:-1]
    np.testing.assert_allclose(cumulative / (1 - cumulative), [1 / 3, 1.0], rtol=1e-4)
