from __future__ import annotations

import datetime

import numpy as np
import polars as pl

from sensorium.features.guess import guess_column
from sensorium.features.guess_relations import join_runs, leave_copies

RNG = np.random.default_rng(0)


def guesses(columns):
    return [guess_column(name, column) for name, column in columns.items()]


def numbered(count, rows=60, missing=0.0, prefix="v_"):
    values = RNG.normal(size=(rows, count))
    values[RNG.random(values.shape) < missing] = np.nan
    return {
        f"{prefix}{i}": pl.Series(values[:, i]).fill_nan(None) for i in range(count)
    }


def test_run_of_numbered_columns_is_one_vector_in_its_place() -> None:
    columns = {
        "a": pl.Series([0.5, 1.5] * 30),
        **numbered(6),
        "b": pl.Series(["x", "y"] * 30),
    }
    found = join_runs(guesses(columns), columns)
    assert [guess.column for guess in found] == ["a", "v", "b"]
    assert found[1].kind == "vector"
    assert found[1].columns == tuple(f"v_{i}" for i in range(6))


def test_run_with_many_gaps_is_numbers_which_flag_them() -> None:
    columns = numbered(6, missing=0.2)
    assert join_runs(guesses(columns), columns)[0].kind == "number"


def test_constant_member_stays_in_its_run() -> None:
    columns = {**numbered(6), "v_6": pl.Series([0.0] * 60)}
    assert len(join_runs(guesses(columns), columns)[0].columns) == 7


def test_targets_texts_and_short_runs_stay_by_themselves() -> None:
    columns = numbered(6)
    assert len(join_runs(guesses(columns), columns, ["v_5"])[0].columns) == 5
    assert len(join_runs(guesses(columns), columns, ["v_5", "v_4"])) == 6
    texts = {f"t{i}": pl.Series(["x", "y"] * 30) for i in range(6)}
    assert len(join_runs(guesses(texts), texts)) == 6


def test_member_with_infinite_numbers_stays_out_of_its_run() -> None:
    columns = {**numbered(6), "v_6": pl.Series([0.5, float("inf")] * 30)}
    found = join_runs(guesses(columns), columns)
    assert [guess.role for guess in found] == ["input", "unreadable"]


def test_columns_named_by_numbers_alone_get_a_name() -> None:
    columns = numbered(6, prefix="")
    assert join_runs(guesses(columns), columns)[0].column == "values"


def test_copy_is_left_out_whatever_its_type() -> None:
    rows = 60
    first = {
        "number": pl.Series(RNG.normal(size=rows)),
        "text": pl.Series([f"some words {i}" for i in range(rows)]),
        "bytes": pl.Series([b"\x89PNG\r\n\x1a\n%d" % i for i in range(rows)]),
        "list": pl.Series([["a", "b"], ["c"], None] * 20),
        "array": RNG.normal(size=(rows, 40, 2)),
        "when": pl.Series([datetime.date(2024, 1, 1 + i % 28) for i in range(rows)]),
    }
    columns = first | {f"{name} again": column for name, column in first.items()}
    found = leave_copies(guesses(columns), columns)
    assert [guess.role for guess in found] == ["input"] * 6 + ["duplicate"] * 6
    assert found[6].reason == "the same as `number` in every row"
    assert found[6].otherwise == "number"


def test_copy_in_another_type_of_number_is_a_copy() -> None:
    whole = pl.Series([1, 2, 3, 4, None] * 12)
    columns = {"a": whole, "b": whole.cast(pl.Float32)}
    assert leave_copies(guesses(columns), columns)[1].role == "duplicate"


def test_one_different_row_or_gap_is_no_copy() -> None:
    values = RNG.normal(size=60)
    for other in (np.append(values[:-1], 9.0), np.append(values[:-1], np.nan)):
        columns = {"a": pl.Series(values), "b": pl.Series(other).fill_nan(None)}
        found = leave_copies(guesses(columns), columns)
        assert [guess.role for guess in found] == ["input", "input"]


def test_texts_that_join_to_the_same_are_no_copy() -> None:
    columns = {"a": pl.Series(["ab", "c"] * 30), "b": pl.Series(["a", "bc"] * 30)}
    found = leave_copies(guesses(columns), columns)
    assert [guess.role for guess in found] == ["input", "input"]


def test_other_names_for_the_same_classes_are_a_copy() -> None:
    codes = RNG.integers(0, 8, 200)
    columns = {
        "code": pl.Series([f"c{i}" for i in codes]),
        "name": pl.Series([f"the name of {i}" for i in codes]),
        "coarse": pl.Series([f"g{i // 2}" for i in codes]),
    }
    found = leave_copies(guesses(columns), columns)
    assert [guess.role for guess in found] == ["input", "duplicate", "input"]
    assert found[1].reason == "each value stands for one value of `code`"


def test_names_that_stand_in_few_rows_prove_nothing() -> None:
    columns = {
        "a": pl.Series(["a", "b", "c", "d"] * 3),
        "b": pl.Series(["x", "y", "z", "w"] * 3),
    }
    found = leave_copies(guesses(columns), columns)
    assert [guess.role for guess in found] == ["input", "input"]


def test_targets_are_never_the_first_of_two() -> None:
    values = pl.Series(RNG.normal(size=60))
    columns = {"a": values, "b": values}
    found = leave_copies(guesses(columns), columns, ["a"])
    assert [guess.role for guess in found] == ["input", "input"]
