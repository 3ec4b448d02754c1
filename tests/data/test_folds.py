from __future__ import annotations

import numpy as np
import pytest

from sensorium.data import read
from sensorium.data.folds import folds
from sensorium.data.split import Split
from sensorium.errors import DataError

ROWS = 60
DRAW = np.random.default_rng(0)
TABLE = {
    "x": DRAW.normal(size=ROWS),
    "who": DRAW.choice([f"p{i}" for i in range(17)], ROWS),
    "day": DRAW.integers(0, 20, ROWS),
    "y": np.array(["rare"] * 5 + ["often"] * (ROWS - 5)),
}
ALL = np.arange(ROWS)


def found(split: Split, rows=ALL, count=5, table=TABLE) -> np.ndarray:
    return folds(read(table), split, rows, count)


@pytest.mark.parametrize(
    "split", [Split(), Split(group="who"), Split(time="day"), Split(stratify="y")]
)
def test_every_fold_has_about_as_many_rows_whatever_their_order(split) -> None:
    one = found(split)
    assert np.bincount(one).min() >= 8
    assert len(np.bincount(one)) == 5
    order = DRAW.permutation(ROWS)
    again = found(split, table={name: a[order] for name, a in TABLE.items()})
    np.testing.assert_array_equal(again, one[order])
    some = order[:30]
    assert len(found(split, some)) == 30


def test_a_group_stands_in_one_fold() -> None:
    one = found(Split(group="who"))
    for who in np.unique(TABLE["who"]):
        assert len(np.unique(one[TABLE["who"] == who])) == 1


def test_a_fold_is_a_stretch_of_time() -> None:
    one = found(Split(time="day"))
    assert (np.diff(one[np.argsort(TABLE["day"], kind="stable")]) >= 0).all()
    days = {"day": np.array([1] * 50 + [2, 3])}
    np.testing.assert_array_equal(
        found(Split(time="day"), np.arange(52), 3, days), [0] * 50 + [1, 2]
    )


def test_equal_rows_stand_in_one_fold_and_classes_in_all() -> None:
    twice = {name: np.concatenate([array, array]) for name, array in TABLE.items()}
    one = found(Split(stratify="y"), np.arange(2 * ROWS), table=twice)
    np.testing.assert_array_equal(one[:ROWS], one[ROWS:])
    assert sorted(one[:5]) == [0, 1, 2, 3, 4]


def test_another_seed_gives_other_folds() -> None:
    assert (found(Split()) != found(Split(seed=1))).any()
    assert (found(Split(group="who")) != found(Split(group="who", seed=1))).any()


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (Split(group="who"), "column `who`: expected at least 18 groups for 18 folds"),
        (Split(time="day"), "column `day`: expected at least 21 times"),
        (Split(), "expected at least 61 different training rows"),
        (Split(group="whom"), "whom"),
    ],
)
def test_too_few_for_the_folds_is_said(split, words) -> None:
    count = {"who": 18, "whom": 2}.get(split.group or "", 21 if split.time else 61)
    with pytest.raises(DataError, match=words):
        found(split, count=count)
