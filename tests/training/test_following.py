"""Labels that go where the pixels of their picture go."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.training.augmentation import Augment, Augmentation
from sensorium.training.dataset import LABEL, EncodedBatches
from sensorium.training.following import FollowingBox, FollowingMask

ROWS = np.arange(40)
PLACE = (3, "main", 2)


def drawn() -> np.ndarray:
    """Pictures whose pixels are all different, and so tell where they came from."""
    pixels = np.arange(6 * 8, dtype=np.uint8).reshape(1, 6, 8, 1) + 1
    return np.repeat(pixels, len(ROWS), axis=0)


@pytest.mark.parametrize(
    "given",
    [{"shift": 3}, {"flip": True}, {"coarse": 1, "shift": 2, "flip": True}],
    ids=str,
)
def test_masks_move_as_their_pictures_do(given) -> None:
    settings, pictures = Augment(**given), drawn()
    moved = Augmentation(settings, "image", "photo")(pictures, None, ROWS, PLACE)
    masks = pictures[..., 0].astype(np.int16)
    found = FollowingMask(settings, "photo")(masks, None, ROWS, PLACE)
    there = found >= 0
    assert (found[there] == moved[..., 0][there]).all()
    assert len(np.unique(found.reshape(len(ROWS), -1), axis=0)) > 1
    assert there.all() == ("shift" not in given)


def test_the_movement_is_the_same_beside_other_changes() -> None:
    masks = drawn()[..., 0].astype(np.int16)
    plain = Augment(shift=2, flip=True, coarse=3)
    more = Augment(0.3, 0.2, shift=2, flip=True, coarse=3)
    same = [FollowingMask(s, "photo")(masks, None, ROWS, PLACE) for s in (plain, more)]
    np.testing.assert_array_equal(*same)
    # One pixel of the picture that `coarse` leaves nearly alone tells where it went.
    spot = np.zeros((len(ROWS), 6, 8, 1), np.uint8)
    spot[:, 2:4, 3:5] = 200
    moved = Augmentation(plain, "image", "photo")(spot, None, ROWS, PLACE)
    labels = (spot[..., 0] > 0).astype(np.int16)
    found = FollowingMask(plain, "photo")(labels, None, ROWS, PLACE)
    assert ((found == 1) & (moved[..., 0] > 0)).any(axis=(1, 2)).all()


def test_rows_without_the_picture_keep_their_labels() -> None:
    masks, present = drawn()[..., 0].astype(np.int16), ROWS % 2 == 0
    found = FollowingMask(Augment(shift=3), "photo")(masks, present, ROWS, PLACE)
    assert (found[~present] == masks[~present]).all()
    assert (found[present] != masks[present]).any()


def test_no_rows_stay_no_rows() -> None:
    none = np.zeros((0, 6, 8), np.int16)
    assert FollowingMask(Augment(shift=3), "p")(none, None, ROWS[:0], PLACE).size == 0


@pytest.mark.parametrize("form", ["corners", "center_size"])
def test_boxes_move_with_what_they_hold_and_are_cut_at_the_edge(form) -> None:
    settings = Augment(shift=2, flip=True)
    labels = np.zeros((len(ROWS), 6, 8), np.int16)
    labels[:, 1:4, 2:5] = 1
    boxes = np.repeat(np.array([[2 / 8, 1 / 6, 5 / 8, 4 / 6]], "float32"), 40, axis=0)
    if form == "center_size":
        middle, size = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
        boxes = np.concatenate([middle, size], axis=1)
    masks = FollowingMask(settings, "photo")(labels, None, ROWS, PLACE)
    follow = FollowingBox(settings, "photo", (6, 8), (1, 1), form)
    found = follow(boxes, None, ROWS, PLACE)
    assert found.dtype == np.float32
    if form == "center_size":
        half = found[:, 2:] / 2
        found = np.concatenate([found[:, :2] - half, found[:, :2] + half], axis=1)
    for mask, box in zip(masks, found, strict=True):
        lines, columns = (
            np.flatnonzero((mask == 1).any(1)),
            np.flatnonzero((mask == 1).any(0)),
        )
        ends = [
            columns[0] / 8,
            lines[0] / 6,
            (columns[-1] + 1) / 8,
            (lines[-1] + 1) / 6,
        ]
        np.testing.assert_allclose(box, ends, atol=1e-6)


def test_absent_boxes_stay_absent() -> None:
    boxes = np.full((len(ROWS), 4), np.nan, "float32")
    follow = FollowingBox(Augment(shift=2), "photo", (6, 8), (6, 8), "corners")
    assert np.isnan(follow(boxes, None, ROWS, PLACE)).all()


def test_batches_move_labels_with_their_input_and_not_in_rows_without_it() -> None:
    pictures, settings = drawn(), Augment(shift=2, flip=True)
    arrays = {
        "photo": pictures,
        "photo/present": ROWS % 4 != 0,
        LABEL + "mask": pictures[..., 0].astype(np.int16),
    }
    augmented = {
        "photo": Augmentation(settings, "image", "photo"),
        LABEL + "mask": FollowingMask(settings, "photo"),
    }
    batches = EncodedBatches(arrays, batch_size=40, stage="s", augmented=augmented)
    inputs, labels = batches[0]
    found, there = labels["mask"], inputs["photo/present"]
    known = found >= 0
    assert (found[known] == inputs["photo"][..., 0][known]).all()
    assert (found[~there] == pictures[0, ..., 0]).all()
    assert not known[there].all()
    batches.on_epoch_end()
    assert (batches[0][1]["mask"] != found).any()
