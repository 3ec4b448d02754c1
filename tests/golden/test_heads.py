"""Numbers of the heads' losses that others have printed, or worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.boxes import overlap
from sensorium.nn.heads import Box
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
