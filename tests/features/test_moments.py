"""Means and deviations that merge."""

from __future__ import annotations

import numpy as np

from sensorium.features.moments import CLIP, Moments


def test_statistics_equal_numpys_and_leave_nan_out() -> None:
    values = np.random.default_rng(0).normal(5, 3, (100, 2))
    values[::7, 1] = np.nan
    moments = Moments.of(values)
    np.testing.assert_allclose(moments.mean, np.nanmean(values, axis=0))
    np.testing.assert_allclose(moments.deviation, np.nanstd(values, axis=0))
    assert moments.count.tolist() == [100, 85]


def test_merged_statistics_equal_those_of_all_rows() -> None:
    values = np.random.default_rng(1).normal(1e6, 1, (1000, 1))
    parts = [Moments.of(part) for part in np.split(values, [1, 1, 300])]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    whole = Moments.of(values)
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-14)
    np.testing.assert_allclose(merged.deviation, whole.deviation, rtol=1e-9)
    assert merged.low == whole.low
    assert merged.high == whole.high


def test_a_constant_has_deviation_zero_whatever_the_rounding() -> None:
    one = Moments.of(np.full((3, 1), 0.1))
    merged = one.merge(Moments.of(np.full((7, 1), 0.1)))
    assert merged.deviation.tolist() == [0.0]
    assert merged.standardise(np.array([0.1, 9.0])).tolist() == [0.0, 0.0]


def test_columns_without_values_have_harmless_statistics() -> None:
    empty = Moments.of(np.full((3, 1), np.nan))
    assert empty.mean.tolist() == [0.0]
    assert empty.deviation.tolist() == [0.0]
    assert empty.merge(Moments.of(np.array([[2.0]]))).mean.tolist() == [2.0]


def test_nothing_overflows() -> None:
    moments = Moments.of(np.array([[0.0], [1e-150]]))
    assert moments.standardise(np.array([1e38, -1e38])).tolist() == [CLIP, -CLIP]


def test_arrays_restore_the_statistics() -> None:
    moments = Moments.of(np.random.default_rng(2).normal(size=(9, 3)))
    again = Moments.restore(moments.arrays())
    assert all(
        np.array_equal(again.arrays()[name], array)
        for name, array in moments.arrays().items()
    )


def test_parts_split_and_join() -> None:
    moments = Moments.of(np.array([[1.0, 10.0, 5.0], [3.0, 30.0, 5.0]]))
    parts = moments.split([1])
    assert parts[0].mean.tolist() == [2.0]
    assert parts[1].mean.tolist() == [20.0, 5.0]
    assert Moments.join(parts).low.tolist() == moments.low.tolist()
