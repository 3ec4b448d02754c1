from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.attention import Block
from tests.nn.samples import array


@pytest.fixture(scope="module")
def block():
    found = Block(2)
    found.build((None, 4, 6))
    return found


def test_absent_parts_are_not_looked_at(block) -> None:
    parts = np.random.default_rng(0).normal(size=(3, 4, 6)).astype("float32")
    present = np.arange(4)[None] < np.array([[4], [2], [1]])
    other = parts + 9.0 * ~present[..., None]
    one, two = (
        array(block.attend(x.astype("float32"), present)) for x in (parts, other)
    )
    np.testing.assert_allclose(one[present], two[present], atol=1e-6)


def test_nothing_present_attends_to_nothing(block) -> None:
    parts = np.ones((1, 4, 6), "float32")
    found = array(block.attend(parts, np.zeros((1, 4), bool)))
    np.testing.assert_array_equal(found, 0.0)


def test_one_part_attends_to_itself(block) -> None:
    parts = np.random.default_rng(0).normal(size=(1, 4, 6)).astype("float32")
    present = np.array([[True, False, False, False]])
    values = array(block.looking(parts))[:, :1, 12:]
    expected = array(block.joining(values))[0, 0]
    np.testing.assert_allclose(
        array(block.attend(parts, present))[0, 0], expected, atol=1e-6
    )


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(DataError, match="4 attention heads divide"):
        Block(4).build((None, 3, 6))
