"""The mergeable summary of a distribution."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from sensorium.features.sketch import CLIP, KNOTS, LIMIT, Scores, Sketch, truncate


def same(one: Sketch, two: Sketch) -> bool:
    return (
        one.bits == two.bits
        and one.values.tobytes() == two.values.tobytes()
        and one.counts.tobytes() == two.counts.tobytes()
    )


def test_few_values_are_kept_exactly() -> None:
    sketch = Sketch.of(np.array([3.0, 1.0, np.nan, 3.0, -0.0, 0.0]))
    assert sketch.values.tolist() == [0.0, 1.0, 3.0]
    assert sketch.counts.tolist() == [2, 1, 2]
    assert sketch.bits == 52


@pytest.mark.parametrize("pieces", [2, 7, 50])
def test_any_chunks_in_any_order_give_the_same_bits(pieces) -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=90_000), np.zeros(10_000)])
    rng.shuffle(values)
    parts = [Sketch.of(part) for part in np.array_split(values, pieces)]
    whole = Sketch.of(values)
    assert same(functools.reduce(Sketch.merge, parts), whole)
    assert same(functools.reduce(Sketch.merge, reversed(parts)), whole)


def test_a_fine_summary_takes_on_the_precision_of_a_coarse_one() -> None:
    values = np.random.default_rng(0).normal(size=40_001)
    coarse, fine = Sketch.of(values[:-1]), Sketch.of(values[-1:])
    assert coarse.bits < fine.bits
    assert same(fine.merge(coarse), Sketch.of(values))
    assert same(coarse.merge(fine), Sketch.of(values))


def test_numbers_too_small_for_full_precision_are_zero() -> None:
    assert Sketch.of(np.array([5e-324, 0.0, -1e-310])).values.tolist() == [0.0]


def test_memory_is_bounded_for_the_widest_range_of_values() -> None:
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 2**64, 400_000, dtype=np.uint64).view(np.float64)
    values = raw[np.isfinite(raw)]
    sketch = Sketch.of(values)
    assert len(sketch.values) <= LIMIT
    assert sketch.bits >= 3
    assert sketch.counts.sum() == len(values)


def test_values_are_known_to_the_documented_precision() -> None:
    values = np.sort(np.random.default_rng(0).lognormal(0, 3, 200_000))
    sketch = Sketch.of(values)
    assert 10 <= sketch.bits <= 14
    known = np.repeat(sketch.values, sketch.counts)
    assert (np.abs(values - known) <= np.abs(values) * 2.0**-sketch.bits).all()


def test_scores_of_many_values_are_within_the_documented_error() -> None:
    from statistics import NormalDist

    values = np.sort(np.random.default_rng(3).lognormal(0, 2, 20_000))
    scores = Sketch.of(values).scores()
    assert len(scores.knots) <= KNOTS
    ranks = (np.arange(len(values)) + 0.5) / len(values)
    exact = np.clip([NormalDist().inv_cdf(rank) for rank in ranks], -CLIP, CLIP)
    assert np.abs(scores(values) - exact).max() <= 2 * 7 / 255


def test_a_frequent_value_among_many_keeps_its_score() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([np.full(60_000, 0.1), rng.uniform(0.1, 0.2, 40_000)])
    sketch = Sketch.of(values)
    assert sketch.bits < 52
    score = sketch.scores()(np.array([0.1]))
    np.testing.assert_allclose(score, -0.5244, atol=1e-4)


def test_scores_never_fall() -> None:
    rng = np.random.default_rng(0)
    scores = Sketch.of(rng.normal(size=50_000) ** 3).scores()
    steps = np.diff(scores(np.sort(rng.normal(size=10_000) * 5)))
    assert (steps >= 0).all()


def test_an_empty_summary_gives_zeros() -> None:
    sketch = Sketch.of(np.array([np.nan]))
    assert sketch.median() == 0.0
    assert sketch.scores()(np.array([5.0])).tolist() == [0.0]


def test_the_median_is_the_lower_one_of_two() -> None:
    assert Sketch.of(np.array([1.0, 2.0, 3.0, 4.0])).median() == 2.0
    assert Sketch.of(np.array([1.0, 2.0, 9.0])).median() == 2.0


def test_truncation_keeps_signs_and_nan() -> None:
    cut = truncate(np.array([1.999, -1.999, np.nan, 0.0]), 3)
    np.testing.assert_array_equal(cut, [1.875, -1.875, np.nan, 0.0])


def test_scores_with_very_close_knots_stay_finite() -> None:
    scores = Scores(np.array([0.0, 3e-308]), np.array([-3.5, 3.5]), 52)
    assert np.isfinite(scores(np.array([-1.0, 0.0, 1e-308, 3e-308, 1e38]))).all()
