from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.boxes import box_error, box_iou, overlap, to_corners
from tests.nn.samples import array, gradient

ONE = np.array([[0.0, 0.0, 2.0, 2.0]], "float32")
TWO = np.array([[1.0, 1.0, 3.0, 3.0]], "float32")


def test_both_forms_say_the_same_box() -> None:
    middle = np.array([[5.0, 3.0, 4.0, 2.0]], "float32")
    assert array(to_corners(middle, "center_size")).tolist() == [[3, 2, 7, 4]]
    assert array(to_corners(ONE, "corners")).tolist() == ONE.tolist()


def test_overlap_does_not_depend_on_the_order_or_on_units() -> None:
    for one, two in ((ONE, TWO), (TWO, ONE), (ONE * 1000, TWO * 1000)):
        found = [float(array(value)[0]) for value in overlap(one, two)]
        assert found == pytest.approx([1 / 7, 1 / 7 - 2 / 9], rel=1e-5)


@pytest.mark.parametrize(
    "other",
    [
        [1.0, 1.0, 1.0, 1.0],  # a point inside
        [5.0, 5.0, 5.0, 5.0],  # a point outside
        [0.0, 0.0, 2.0, 0.0],  # an edge
        [2.0, 0.0, 4.0, 2.0],  # touching
        [0.0, 0.0, 2.0, 2.0],  # the same
    ],
)
@pytest.mark.parametrize("one", [ONE, ONE * 0])
def test_boxes_without_area_have_finite_overlap_and_gradient(one, other) -> None:
    two = np.array([other], "float32")
    for at, low in ((0, 0.0), (1, -1.0)):
        assert low <= float(array(overlap(one, two)[at])[0]) <= 1.0
        found = gradient(lambda box, at=at: overlap(one, box)[at][0], two)
        assert np.isfinite(found).all()


def test_a_distant_box_is_drawn_nearer_by_the_generalised_overlap_only() -> None:
    far = np.array([[10.0, 0.0, 12.0, 2.0]], "float32")
    assert not gradient(lambda box: overlap(ONE, box)[0][0], far).any()
    assert gradient(lambda box: overlap(ONE, box)[1][0], far)[0, 0] < 0


def test_metrics_know_the_form_and_the_picture() -> None:
    sizes = np.array([[1.0, 1.0, 2.0, 2.0]], "float32")
    assert float(array(box_iou(sizes, sizes, "center_size"))[0]) == 1.0
    assert float(array(box_error(ONE, TWO))[0]) == 1.0
    relative = box_error(ONE, TWO, height=10, width=20)
    assert float(array(relative)[0]) == pytest.approx((0.1 + 0.05) / 2)
