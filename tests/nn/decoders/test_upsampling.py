from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.decoders.upsampling import interleaved, stages
from tests.nn.samples import array


@pytest.mark.parametrize(
    ("shortest", "expected"),
    [
        (1, ([16], 1)),
        (7, ([16], 1)),
        (8, ([16], 2)),
        (28, ([32, 16], 2)),
        (32, ([64, 32, 16], 2)),
        (1000, ([64, 32, 16], 2)),
    ],
)
def test_small_values_have_fewer_stages(shortest, expected) -> None:
    assert stages((64, 32, 16), shortest) == expected


def test_channels_become_neighbouring_steps() -> None:
    values = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    found = array(interleaved(values, 1, 2))
    np.testing.assert_array_equal(found, values.reshape(2, 6, 2))


def test_channels_become_neighbouring_pixels() -> None:
    # One pixel of 2x2 places with one channel each, then two pixels side by side.
    values = np.array([[[[1, 2, 3, 4], [5, 6, 7, 8]]]])
    found = array(interleaved(values, 2, 2))[..., 0]
    np.testing.assert_array_equal(found, [[[1, 2, 5, 6], [3, 4, 7, 8]]])


def test_nothing_moves_where_nothing_grows() -> None:
    values = np.ones((2, 3, 3, 5))
    assert interleaved(values, 2, 1) is values
