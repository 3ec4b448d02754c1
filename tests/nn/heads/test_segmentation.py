"""The head of masks."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.heads import Segmentation
from sensorium.nn.pixels import dice_loss, pixel_cross_entropy
from tests.nn.samples import array

LABELS = np.random.default_rng(0).integers(-1, 2, (3, 2, 2)).astype("int16")
LOGITS = np.random.default_rng(1).normal(size=(3, 2, 2, 2)).astype("float32")


def test_losses_are_dice_cross_entropy_and_their_sum() -> None:
    parts = {
        "dice": array(dice_loss(LABELS, LOGITS)),
        "cross_entropy": array(pixel_cross_entropy(LABELS, LOGITS)),
    }
    for loss, expected in {**parts, "sum": sum(parts.values())}.items():
        head = Segmentation((2, 2, 2), loss=loss)
        np.testing.assert_allclose(array(head.row_loss(LABELS, LOGITS)), expected)
        assert head.loss_function().name == loss


def test_decoding_gives_ids_and_how_sure_they_are() -> None:
    head = Segmentation((1, 2, 2))
    logits = np.log([[[[0.9, 0.1], [0.4, 0.6]]]])
    found = head.decode(logits)
    assert found["id"].tolist() == [[[0, 1]]]
    assert found["confidence"] == pytest.approx([0.75])
    broken = np.full((1, 1, 2, 2), np.nan)
    assert np.isnan(head.decode(broken)["confidence"]).all()


def test_adapt_begins_with_the_shares_of_the_classes_and_tells_the_background() -> None:
    head = Segmentation((4, 4, 2), filters=[2])
    head.build((None, 3))
    head.adapt([98, 8], None)
    head.decoder.last.kernel.assign(np.zeros(head.decoder.last.kernel.shape))
    shares = array(keras.ops.softmax(head(np.ones((1, 3), "float32"))))
    np.testing.assert_allclose(shares[0, 0, 0], [99 / 108, 9 / 108], rtol=1e-5)
    assert head.metric_objects()[0].background is None


def test_a_late_fusion_is_refused() -> None:
    head = Segmentation((2, 2, 2), name="mask")
    head.join_members(lambda *given: given[0])
    with pytest.raises(DataError, match="output `mask`: a late fusion has no vector"):
        head.build((None, 2, 3))


def test_the_shape_is_needed() -> None:
    with pytest.raises(DataError, match="`Segmentation` needs `shape`"):
        Segmentation().build((None, 3))


def test_a_users_loss_is_computed_pixel_by_pixel() -> None:
    from sensorium.nn.present import Present

    loss = Present(keras.losses.SparseCategoricalCrossentropy(from_logits=True), "mask")
    each = array(pixel_cross_entropy(LABELS, LOGITS))
    known = (LABELS >= 0).any(axis=(1, 2))
    assert array(loss(LABELS, LOGITS)) == pytest.approx(each[known].mean(), rel=1e-5)
