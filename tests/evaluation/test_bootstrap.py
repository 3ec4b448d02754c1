from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.evaluation import bootstrap, intervals, weighted


def test_the_interval_of_a_mean_agrees_with_theory() -> None:
    values = np.random.default_rng(0).normal(5.0, 2.0, 400)
    found = intervals({"mean": weighted.mean(values)}, 400, resamples=4000)["mean"]
    error = values.std() / 20
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.02)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.02)
    assert (found.resamples, found.left_out, found.reason) == (4000, 0, "")


def test_the_seed_decides_the_resamples() -> None:
    values = np.random.default_rng(0).normal(size=50)
    statistic = {"mean": weighted.mean(values)}
    assert intervals(statistic, 50, seed=3) == intervals(statistic, 50, seed=3)
    assert intervals(statistic, 50, seed=3) != intervals(statistic, 50, seed=4)


def test_every_statistic_sees_the_same_resamples() -> None:
    values = np.random.default_rng(0).normal(size=50)
    alone = intervals({"a": weighted.mean(values)}, 50)["a"]
    beside = intervals({"b": weighted.mean(values**2), "a": weighted.mean(values)}, 50)[
        "a"
    ]
    assert alone == beside


def test_a_resample_draws_as_many_rows_as_there_are() -> None:
    seen: list[np.ndarray] = []

    def watch(weights: np.ndarray) -> float:
        seen.append(weights.copy())
        return float(weights[0])

    intervals({"watch": watch}, 40, resamples=300)
    drawn = np.array(seen)
    assert drawn.shape == (300, 40)
    assert (drawn.sum(axis=1) == 40).all()
    assert drawn.mean(axis=0) == pytest.approx(np.ones(40), abs=0.35)
    assert (drawn == 0).mean() == pytest.approx(np.exp(-1), abs=0.02)


def test_rows_of_one_group_are_drawn_together() -> None:
    group = np.array(["b", "a", "b", "c", "a", "b"])
    seen: list[np.ndarray] = []

    def watch(weights: np.ndarray) -> float:
        seen.append(weights.copy())
        return 0.0

    intervals({"watch": watch}, 6, resamples=100, group=group)
    drawn = np.array(seen)
    for name in "abc":
        columns = drawn[:, group == name]
        assert (columns == columns[:, :1]).all()
    firsts = drawn[:, [1, 0, 3]]
    assert (firsts.sum(axis=1) == 3).all()
    assert firsts.max() > 1


def test_groups_that_are_alike_inside_widen_the_interval() -> None:
    generator = np.random.default_rng(0)
    group = np.repeat(np.arange(30), 20)
    values = generator.normal(size=30)[group] + 0.1 * generator.normal(size=600)
    statistic = {"mean": weighted.mean(values)}
    rows = intervals(statistic, 600)["mean"]
    groups = intervals(statistic, 600, group=group)["mean"]
    assert groups.high - groups.low > 3 * (rows.high - rows.low)


def test_one_row_or_one_group_has_no_interval_and_says_why() -> None:
    statistic = {"mean": weighted.mean(np.array([1.0, 2.0]))}
    alone = intervals({"mean": weighted.mean(np.array([1.0]))}, 1)["mean"]
    assert (alone.low, alone.high, alone.resamples) == (None, None, 0)
    assert alone.reason == "an interval needs at least two rows"
    group = intervals(statistic, 2, group=np.array([7, 7]))["mean"]
    assert group.reason == "an interval needs at least two groups"


def test_undefined_resamples_are_left_out_and_counted() -> None:
    # One of ten rows decides whether the statistic exists: it is missed in 0.9**10.
    def sometimes(weights: np.ndarray) -> float:
        return 1.0 if weights[0] > 0 else float("nan")

    found = intervals({"sometimes": sometimes}, 10)["sometimes"]
    assert found.left_out + found.resamples == 1000
    assert found.left_out == pytest.approx(1000 * 0.9**10, abs=60)
    assert (found.low, found.high) == (1.0, 1.0)


def test_too_many_undefined_resamples_leave_no_interval() -> None:
    def seldom(weights: np.ndarray) -> float:
        return 1.0 if weights[0] > 1 else float("nan")

    found = intervals({"seldom": seldom}, 10)["seldom"]
    assert (found.low, found.high) == (None, None)
    assert found.left_out > found.resamples > 0
    assert "more than half" in found.reason


def test_a_costly_statistic_gets_fewer_resamples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "WORK", 20_000)
    statistic = weighted.mean(np.random.default_rng(0).normal(size=50))
    found = intervals({"a": statistic, "b": statistic}, 50, costs={"b": 1000})
    assert found["a"].resamples == 400
    assert found["b"].resamples == bootstrap.FEWEST
    asked = intervals({"a": statistic}, 50, resamples=50, costs={"a": 1000})
    assert asked["a"].resamples == 50


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (np.array([1, 2]), "one id for each of the 3 rows"),
        (np.array([1.0, np.nan, 2.0]), "row 2: an id is missing"),
        (np.array(["a", "b", None], dtype=object), "row 3: an id is missing"),
    ],
)
def test_groups_that_do_not_fit_are_refused(group: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=words):
        intervals({"mean": weighted.mean(np.arange(3.0))}, 3, group=group)


def test_at_least_one_resample_is_needed() -> None:
    with pytest.raises(DataError, match=r"at least 1\. Received: 0"):
        intervals({"mean": weighted.mean(np.arange(3.0))}, 3, resamples=0)
