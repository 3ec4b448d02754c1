"""Rules of shares, by number."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.data.shares import (
    TEST,
    TRAIN,
    VALID,
    allotted,
    by_group,
    by_rank,
    by_threshold,
    by_time,
    classes_of,
)


@pytest.mark.parametrize(
    ("sizes", "share", "expected"),
    [
        ([10, 10], 0.1, [1, 1]),
        ([14, 6], 0.1, [1, 1]),  # 1.4 and 0.6: two rows in all
        ([6, 4, 1], 0.2, [1, 1, 0]),  # 1.2, 0.8, 0.2: the largest remainder gets one
        ([3], 0.1, [1]),  # at least one row
        ([1, 1], 0.4, [0, 0]),  # nobody can give one
        ([100], 0.0, [0]),
    ],
)
def test_allotted_is_the_largest_remainder_rule(sizes, share, expected) -> None:
    counts = np.array(sizes)
    assert allotted(counts, share, counts - 1).tolist() == expected


def test_the_lowest_hashes_of_a_class_are_test_then_valid() -> None:
    hashes = np.array([9, 1, 5, 3, 7, 10, 2, 6, 4, 8], np.uint64)
    parts = by_rank(hashes, np.zeros(10), 0.2, 0.3)
    assert sorted(hashes[parts == TEST].tolist()) == [1, 2, 3]
    assert sorted(hashes[parts == VALID].tolist()) == [4, 5]


def test_every_class_keeps_a_row_to_train_on() -> None:
    hashes = np.arange(40, dtype=np.uint64)
    classes = np.arange(40) // 2
    parts = by_rank(hashes, classes, 0.3, 0.4)
    assert all((parts[classes == c] == TRAIN).any() for c in range(20))
    assert (parts == TEST).sum() == 16


def test_where_every_class_is_one_row_classes_do_not_count() -> None:
    hashes = np.arange(40, dtype=np.uint64)
    assert (by_rank(hashes, np.arange(40), 0.1, 0.2) == TEST).sum() == 8


def test_thresholds_cut_the_range_of_hashes() -> None:
    hashes = np.array([0, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1], np.uint64)
    parts = by_threshold(hashes, 0.25, 0.25)
    # A hash of 64 bits is rounded to a float of 53, so the last below a cut moves up.
    assert parts.tolist() == [TEST, VALID, VALID, TRAIN, TRAIN, TRAIN]


def test_groups_come_as_near_as_whole_groups_can() -> None:
    sizes = [50, 3, 4, 30, 5, 8]
    groups = np.repeat(np.arange(6, dtype=np.uint64), sizes)
    parts = by_group(groups, 0.0, 0.1)
    assert np.unique(groups[parts == TEST]).tolist() == [1, 2, 4]  # 12: 10 wanted


def test_groups_all_too_large_give_the_smallest() -> None:
    groups = np.repeat(np.arange(3, dtype=np.uint64), [50, 30, 40])
    parts = by_group(groups, 0.0, 0.05)
    assert np.unique(groups[parts == TEST]).tolist() == [1]


def test_two_groups_leave_one_to_train_on() -> None:
    groups = np.repeat(np.arange(2, dtype=np.uint64), [10, 10])
    parts = by_group(groups, 0.0, 0.9)
    assert {TRAIN, TEST} == set(parts.tolist())


def test_time_is_cut_between_times_nearest_to_the_share() -> None:
    times = np.array([5, 1, 1, 2, 3, 3, 3, 4, 4, 2])
    parts = by_time(times, 0.3, 0.3)
    assert times[parts == TEST].tolist() == [5, 4, 4]
    assert times[parts == VALID].tolist() == [3, 3, 3]


def test_one_time_cannot_be_cut() -> None:
    assert by_time(np.zeros(5), 0.2, 0.2).tolist() == [TRAIN] * 5


def test_classes_are_values_or_tenths_of_many_numbers() -> None:
    assert len(np.unique(classes_of(pl.Series([1, 2, 1, None])))) == 3
    assert len(np.unique(classes_of(pl.Series(["a", "b", None])))) == 3
    many = pl.Series([float(n) for n in range(100)] + [None])
    classes = classes_of(many)
    assert np.unique(classes, return_counts=True)[1].tolist() == [1] + [10] * 10
