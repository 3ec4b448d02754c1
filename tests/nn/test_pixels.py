"""Losses and scores of masks, by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.nn.pixels import (
    PixelIoU,
    PixelLoss,
    dice_loss,
    pixel_cross_entropy,
    row_iou,
)
from tests.nn.samples import array

# One row of 2 x 2 pixels; the last has no label.
LABELS = np.array([[[0, 1], [1, -1]]], "int32")
SHARES = np.array([[[[0.9, 0.1], [0.4, 0.6]], [[0.2, 0.8], [0.5, 0.5]]]])
LOGITS = np.log(SHARES).astype("float32")


def test_cross_entropy_is_the_mean_over_labelled_pixels() -> None:
    expected = -np.log([0.9, 0.6, 0.8]).mean()
    found = array(pixel_cross_entropy(LABELS, LOGITS))
    np.testing.assert_allclose(found, [expected], rtol=1e-5)


def test_dice_is_the_papers_ratio_of_each_class() -> None:
    # Class 0: p sums to 0.9 + 0.4 + 0.2, one pixel is of it, of which 0.9 is found.
    first = 2 * 0.9 / (1.5 + 1)
    second = 2 * (0.6 + 0.8) / (1.5 + 2)
    found = array(dice_loss(LABELS, LOGITS))
    np.testing.assert_allclose(found, [1 - (first + second) / 2], rtol=1e-5)


def test_dice_leaves_out_classes_that_a_row_does_not_have() -> None:
    alone = np.where(LABELS == 1, -1, LABELS)
    found = array(dice_loss(alone, LOGITS))
    np.testing.assert_allclose(found, [1 - 2 * 0.9 / (0.9 + 1)], rtol=1e-5)


def test_unlabelled_pixels_change_neither_loss() -> None:
    other = LOGITS.copy()
    other[0, 1, 1] = [50.0, -50.0]
    for loss in (pixel_cross_entropy, dice_loss):
        np.testing.assert_allclose(
            array(loss(LABELS, other)), array(loss(LABELS, LOGITS)), rtol=1e-6
        )


def test_iou_of_a_row_leaves_out_the_background() -> None:
    labels = np.array([[[0, 1], [1, 2]], [[0, 0], [0, 0]], [[0, 0], [0, -1]]])
    found = np.array([[[1, 1], [0, 2]], [[0, 0], [0, 0]], [[0, 0], [1, 1]]])
    logits = keras.ops.one_hot(found, 3)
    # Class 1: one of three pixels; class 2: one of one. Then nothing; then a wrong one.
    ious = array(row_iou(labels, logits, 0))
    np.testing.assert_allclose(ious, [(1 / 3 + 1) / 2, 1.0, 0.0], rtol=1e-6)
    with_all = array(row_iou(labels, logits, None))
    np.testing.assert_allclose(
        with_all, [(0 + 1 / 3 + 1) / 3, 1.0, (2 / 3 + 0) / 2], rtol=1e-6
    )


def test_the_metric_is_the_mean_over_labelled_rows_and_nan_without() -> None:
    metric = PixelIoU()
    assert np.isnan(array(metric.result()))
    labels = np.array([[[0, 1]], [[1, 1]], [[-1, -1]]])
    logits = keras.ops.one_hot(np.array([[[0, 1]], [[1, 0]], [[1, 1]]]), 2)
    metric.update_state(labels, logits)
    assert array(metric.result()) == pytest.approx(0.75)
    metric.reset_state()
    metric.update_state(labels, logits, np.array([1.0, 3.0, 5.0]))
    assert array(metric.result()) == pytest.approx((1 + 3 * 0.5) / 4)
    again = PixelIoU.from_config(metric.get_config())
    assert again.get_config() == metric.get_config()


def test_the_loss_is_a_mean_over_rows_with_weights() -> None:
    loss = PixelLoss(pixel_cross_entropy, name="cross_entropy")
    labels = np.concatenate([LABELS, np.zeros_like(LABELS), np.full_like(LABELS, -1)])
    logits = np.concatenate([LOGITS] * 3)
    each = array(pixel_cross_entropy(labels, logits))
    assert array(loss(labels, logits)) == pytest.approx(each[:2].mean(), rel=1e-5)
    weighted = array(loss(labels, logits, np.array([3.0, 1.0, 9.0])))
    assert weighted == pytest.approx((3 * each[0] + each[1]) / 4, rel=1e-5)
    assert array(loss(labels[2:], logits[2:])) == 0.0
