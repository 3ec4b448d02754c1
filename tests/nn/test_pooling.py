from __future__ import annotations

import numpy as np

from sensorium.nn.pooling import largest, masked_max, masked_mean
from tests.nn.samples import array

VALUES = np.array(
    [[[1.0], [-4.0], [9.0]], [[-2.0], [-3.0], [5.0]], [[7.0]] * 3], "float32"
)
PRESENT = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]], bool)


def test_mean_counts_what_is_there() -> None:
    assert array(masked_mean(VALUES, PRESENT))[:, 0].tolist() == [-1.5, -2.5, 0.0]


def test_maximum_counts_what_is_there() -> None:
    assert array(masked_max(VALUES, PRESENT))[:, 0].tolist() == [1.0, -2.0, 0.0]


def test_masks_fit_into_float16() -> None:
    found = array(masked_max(VALUES.astype("float16"), PRESENT))
    assert np.isfinite(found).all()


def test_largest_of_no_rows_is_no_rows() -> None:
    assert array(largest(np.zeros((0, 3, 2), "float32"), (1,))).shape == (0, 2)
    assert array(largest(VALUES, (1, 2))).tolist() == [9.0, 5.0, 7.0]
