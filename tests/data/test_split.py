"""Splits: which rows, and never others when rows move."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.data import TEST, TRAIN, UNUSED, VALID, Split, assign, read, rows_in
from sensorium.data import split as module
from sensorium.errors import DataError

GENERATOR = np.random.default_rng(0)
FRAME = pl.DataFrame(
    {
        "id": range(1000),
        "label": GENERATOR.choice(["a", "b", "c"], 1000, p=[0.7, 0.25, 0.05]),
        "price": GENERATOR.lognormal(size=1000),
        "patient": [f"p{n}" for n in GENERATOR.integers(0, 60, 1000)],
        "day": [f"2024-{n:02}-01" for n in GENERATOR.integers(1, 13, 1000)],
        "fold": GENERATOR.integers(0, 5, 1000),
    }
)
TABLE = read(FRAME)
SPLITS = [
    Split(valid=0.1, test=0.2),
    Split(valid=0.1, test=0.2, stratify="label"),
    Split(valid=0.1, test=0.2, stratify="price", seed=3),
    Split(valid=0.1, test=0.2, group="patient"),
    Split(valid=0.1, test=0.2, time="day"),
    Split(column="fold", parts={"test": [0], "valid": [1]}),
    Split(column="fold", parts={"test": [0]}, valid=0.1, group="patient"),
]


@pytest.mark.parametrize("split", SPLITS, ids=range(len(SPLITS)))
def test_the_same_rows_whatever_their_order(split) -> None:
    order = np.random.default_rng(1).permutation(1000)
    parts = assign(TABLE, split)
    np.testing.assert_array_equal(assign(read(FRAME[order]), split), parts[order])


@pytest.mark.parametrize("split", SPLITS[:4], ids=range(4))
def test_the_same_rows_above_a_million_rule(split, monkeypatch) -> None:
    monkeypatch.setattr(module, "EXACT_ROWS", 10)
    order = np.random.default_rng(1).permutation(1000)
    parts = assign(TABLE, split)
    np.testing.assert_array_equal(assign(read(FRAME[order]), split), parts[order])
    shares = np.bincount(parts, minlength=3) / 1000
    np.testing.assert_allclose(shares, [0.7, 0.1, 0.2], atol=0.08)


def test_parts_have_the_sizes_asked_for() -> None:
    parts = assign(TABLE, Split(valid=0.1, test=0.2))
    assert np.bincount(parts).tolist() == [700, 100, 200]


def test_classes_are_shared_alike() -> None:
    parts = assign(TABLE, Split(valid=0.1, test=0.2, stratify="label"))
    for label in "abc":
        mine = parts[(FRAME["label"] == label).to_numpy()]
        np.testing.assert_allclose(
            np.bincount(mine, minlength=3),
            np.array([0.7, 0.1, 0.2]) * len(mine),
            atol=1,
        )


def test_numbers_are_shared_alike_by_tenths() -> None:
    parts = assign(TABLE, Split(test=0.2, stratify="price"))
    tenths = FRAME["price"].rank().to_numpy() * 10 // 1001
    counts = [int((parts[tenths == tenth] == TEST).sum()) for tenth in range(10)]
    assert min(counts) >= 19
    assert max(counts) <= 21


def test_another_seed_gives_other_rows() -> None:
    first = rows_in(assign(TABLE, Split(test=0.2, seed=0)), TEST)
    second = rows_in(assign(TABLE, Split(test=0.2, seed=1)), TEST)
    assert 20 <= len(set(first) & set(second)) <= 65  # 40 by chance


def test_equal_rows_stand_on_one_side() -> None:
    table = read(pl.DataFrame({"x": list(range(50)) * 4}))
    parts = assign(table, Split(valid=0.2, test=0.2)).reshape(4, 50)
    assert (parts == parts[0]).all()


def test_no_group_stands_on_two_sides() -> None:
    parts = assign(TABLE, Split(valid=0.1, test=0.2, group="patient"))
    found = FRAME.with_columns(part=pl.Series(parts)).group_by("patient")
    assert found.agg(pl.col("part").n_unique())["part"].max() == 1
    np.testing.assert_allclose(np.bincount(parts), [700, 100, 200], atol=15)


def test_time_goes_forward_and_ties_stay_together() -> None:
    parts = assign(TABLE, Split(valid=0.1, test=0.2, time="day"))
    days = [FRAME["day"].filter(pl.Series(parts == part)) for part in range(3)]
    assert days[0].max() < days[1].min() <= days[1].max() < days[2].min()


def test_unlabelled_rows_are_shared_like_a_class() -> None:
    frame = FRAME.with_columns(label=pl.when(pl.col("fold") > 0).then(pl.col("label")))
    parts = assign(read(frame), Split(test=0.2, stratify="label"))
    missing = parts[frame["label"].is_null().to_numpy()]
    assert abs((missing == TEST).mean() - 0.2) < 0.01


def test_a_class_of_one_row_trains() -> None:
    frame = pl.DataFrame({"n": range(101), "label": ["a"] * 100 + ["rare"]})
    for seed in range(20):
        split = Split(test=0.5, stratify="label", seed=seed)
        assert assign(read(frame), split)[100] == TRAIN


def test_folds_may_give_test_and_chance_valid() -> None:
    parts = assign(TABLE, Split(column="fold", parts={"test": [0]}, valid=0.25))
    folds = FRAME["fold"].to_numpy()
    np.testing.assert_array_equal(parts == TEST, folds == 0)
    assert (parts == VALID).sum() == round(0.25 * (folds != 0).sum())


def test_values_not_named_are_unused_if_train_is_named() -> None:
    parts = {"train": [2, 3], "test": [0]}
    found = assign(TABLE, Split(column="fold", parts=parts))
    np.testing.assert_array_equal(found == UNUSED, np.isin(FRAME["fold"], [1, 4]))


@pytest.mark.parametrize(
    ("document", "split"),
    [
        ({"valid": 0.1, "group": "g"}, Split(valid=0.1, group="g")),
        ({"column": "part"}, Split(column="part")),
        ({"fold": {"test": [0], "valid": 1}}, None),
    ],
)
def test_documents_have_a_short_form(document, split) -> None:
    wanted = split or Split(column="fold", parts={"test": [0], "valid": [1]})
    assert Split.parse(document) == wanted


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"test": 0}, "`test`: must be above 0 and below 1"),
        ({"valid": 1.5}, "`valid`: must be above 0 and below 1"),
        ({"valid": 0.5, "test": 0.5}, "leaves nothing to train on"),
        ({"group": "a", "time": "b"}, "by group or by time"),
        ({"parts": {"test": [0]}}, "`parts` needs `column`"),
        ({"fold": {"tset": [0]}}, "must be one of.*Did you mean `test`"),
        ({"tset": 0.1}, "unknown word.*Did you mean `test`"),
    ],
)
def test_mistakes_in_the_declaration_are_named(document, message) -> None:
    with pytest.raises(DataError, match=message):
        Split.parse(document)


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (
            Split(test=0.1, group="pateint"),
            r"no column `pateint` \(Did you mean `patient`",
        ),
        (Split(test=0.1, stratify="x"), "no column `x`"),
        (Split(column="fold"), "must be train, valid, test or unused"),
        (
            Split(column="fold", parts={"test": [7]}),
            "no row has this value; there are 0",
        ),
        (Split(test=0.1, time="patient"), "is no ISO 8601 time"),
    ],
)
def test_mistakes_in_the_table_are_named(split, message) -> None:
    with pytest.raises(DataError, match=message):
        assign(TABLE, split)


@pytest.mark.parametrize(
    "split",
    [
        Split(test=0.1, group="g"),
        Split(test=0.1, time="g"),
        Split(column="g", parts={"test": [1]}),
    ],
)
def test_missing_groups_times_and_parts_are_refused(split) -> None:
    table = read({"g": [1, None, 2], "n": [1, 2, 3]})
    with pytest.raises(DataError, match=r"missing.*first in row 2"):
        assign(table, split)


@pytest.mark.parametrize(
    "split", [Split(test=0.1, valid=0.1), Split(test=0.1, group="g"), Split(test=0.1)]
)
def test_a_part_without_rows_is_refused(split) -> None:
    frame = pl.DataFrame({"g": ["a"] * 5, "n": [1] * 5})
    with pytest.raises(DataError, match="the split leaves no row for"):
        assign(read(frame), split)


def test_a_column_of_arrays_cannot_split() -> None:
    with pytest.raises(DataError, match="one value a row"):
        assign(read({"v": np.eye(3)}), Split(test=0.3, group="v"))


def test_rows_with_arrays_are_split_by_their_content() -> None:
    images = np.random.default_rng(0).normal(size=(40, 3, 3))
    parts = assign(read({"v": images}), Split(test=0.25))
    assert (parts == TEST).sum() == 10
    np.testing.assert_array_equal(
        assign(read({"v": images[::-1]}), Split(test=0.25)), parts[::-1]
    )
