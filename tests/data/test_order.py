"""The keyed permutation: a bijection that looks like chance."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from sensorium.data.order import key, permute
from sensorium.errors import DataError


@pytest.mark.parametrize("num_rows", [1, 2, 3, 4, 5, 8, 9, 255, 256, 257, 70_001])
def test_every_row_comes_exactly_once(num_rows) -> None:
    order = permute(np.arange(num_rows), num_rows, key(0))
    assert np.sort(order).tolist() == list(range(num_rows))


def test_any_slice_is_that_of_the_whole() -> None:
    whole = permute(np.arange(100_003), 100_003, key(1))
    np.testing.assert_array_equal(
        permute(np.arange(70_000, 70_100), 100_003, key(1)), whole[70_000:70_100]
    )
    picked = np.array([[5, 99_999], [0, 5]])
    np.testing.assert_array_equal(permute(picked, 100_003, key(1)), whole[picked])


def test_rows_can_be_more_than_memory_holds() -> None:
    order = permute(np.arange(1000), 10**15, key(0))
    assert len(set(order.tolist())) == 1000
    assert order.max() < 10**15
    assert order.max() > 9 * 10**14


def test_the_order_is_this_one_for_ever() -> None:
    # Recorded when the rule was made: a change would change every resumed run.
    assert permute(np.arange(10), 10, key(0, "stage", 3)).tolist() == [
        8,
        1,
        5,
        2,
        3,
        4,
        6,
        7,
        9,
        0,
    ]
    assert key(0, "stage", 3) == 12139986519884212832


def test_keys_differ_by_seed_and_by_each_part() -> None:
    keys = [key(0), key(1), key(0, "a"), key(0, "a", 0), key(0, "a", 1), key(0, "a0")]
    assert len(set(keys)) == len(keys)


def test_every_order_of_four_rows_is_equally_likely() -> None:
    # Chi-square with 23 degrees of freedom: 49.7 is its 99.9 % point.
    orders = [
        tuple(permute(np.arange(4), 4, key(seed)).tolist()) for seed in range(2400)
    ]
    counts = Counter(orders)
    assert len(counts) == 24
    assert sum((count - 100) ** 2 / 100 for count in counts.values()) < 49.7


def test_a_shuffle_carries_rows_far_and_parts_neighbours() -> None:
    # For chance: mean distance n/3, each of 16x16 cells equally full (255 - 31 = 225
    # degrees of freedom; 296 is the 99.9 % point).
    num_rows = 2**16 + 1
    rows = np.arange(num_rows)
    for seed in range(3):
        order = permute(rows, num_rows, key(seed))
        assert abs(np.abs(order - rows).mean() / num_rows - 1 / 3) < 0.01
        assert abs(np.abs(np.diff(order)).mean() / num_rows - 1 / 3) < 0.01
        cells, _, _ = np.histogram2d(rows, order, bins=16, range=[[0, num_rows]] * 2)
        expected = num_rows / 256
        assert ((cells - expected) ** 2 / expected).sum() < 296


def test_two_epochs_have_nothing_in_common() -> None:
    first = permute(np.arange(10_000), 10_000, key(0, "a", 0))
    second = permute(np.arange(10_000), 10_000, key(0, "a", 1))
    assert (first == second).sum() < 10  # 1 is expected
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.04


@pytest.mark.parametrize("positions", [[-1], [5]])
def test_positions_out_of_range_are_refused(positions) -> None:
    with pytest.raises(DataError, match="from 0 to 4"):
        permute(np.array(positions), 5, key(0))


def test_no_positions_are_no_rows() -> None:
    assert permute(np.array([], int), 0, key(0)).tolist() == []
