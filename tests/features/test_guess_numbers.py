from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.features.guess_numbers import guess_number, is_whole
from sensorium.features.guess_profile import profile

RNG = np.random.default_rng(0)


def guess(name, values):
    return guess_number(profile(name, pl.Series(name, values)))


def word(name, values):
    found = guess(name, values)
    return found.kind or found.role


@pytest.mark.parametrize("values", [[0, 1], [0.0, 1.0, None], [1, 2], [True, False]])
def test_two_values_are_a_category(values) -> None:
    assert word("x", values * 20) == "category"


def test_values_of_a_pair_are_named() -> None:
    assert guess("x", [0.0, 1.0] * 20).reason == "two values, 0 and 1: 40 rows"


@pytest.mark.parametrize("name", ["rating", "n_children", "month", "anything"])
def test_whole_numbers_stay_numbers_to_keep_their_order(name) -> None:
    found = guess(name, list(range(1, 6)) * 40)
    assert found.kind == "number"
    assert "order" in found.reason


@pytest.mark.parametrize("name", ["zip_code", "store", "cover_type", "product_id"])
def test_whole_numbers_are_a_category_where_the_name_says_code(name) -> None:
    assert word(name, list(range(10, 50)) * 10) == "category"


def test_gaps_do_not_make_codes_of_numbers_nor_numbers_of_codes() -> None:
    assert word("zip_code", [10.0, 20.0, None, 35.0] * 10) == "category"
    assert word("height", [10.0, 20.0, None, 35.0] * 10) == "number"


def test_fractions_are_numbers_even_if_all_differ() -> None:
    assert word("id", RNG.normal(size=100)) == "number"


def test_row_numbers_name_the_rows() -> None:
    assert word("x", list(range(7, 107))) == "id"
    assert word("x", list(reversed(range(100)))) == "id"
    assert word("x", [float(i) for i in range(100)]) == "id"
    assert word("x", RNG.permutation(100)) == "id"
    assert word("x", list(range(0, 300, 10))) == "id"


def test_different_whole_numbers_name_the_rows_where_the_name_says_so() -> None:
    assert word("customer_id", RNG.choice(10**6, 30, replace=False)) == "id"


def test_different_whole_numbers_of_equal_length_are_codes() -> None:
    assert word("x", RNG.choice(10**7, 100, replace=False) + 10**8) == "id"


def test_different_whole_numbers_that_may_measure_something_are_kept() -> None:
    found = guess(
        "population",
        np.unique((np.exp(RNG.normal(12, 2, 200))).astype(int))[RNG.permutation(199)],
    )
    assert found.kind == "number"
    assert "all values differ" in found.warnings[0]


def test_different_numbers_of_five_digits_may_be_salaries() -> None:
    assert word("x", RNG.choice(np.arange(20_000, 99_000), 100, False)) == "number"


def test_few_rows_prove_no_identifier() -> None:
    assert word("age", [41, 23, 67, 35, 52, 19]) == "number"


def test_years_in_order_are_no_row_numbers() -> None:
    assert word("year", list(range(1900, 2000))) == "number"


@pytest.mark.parametrize("name", ["subject", "user_id", "PatientNo"])
def test_numbers_of_people_are_groups(name) -> None:
    found = guess(name, list(range(10)) * 20)
    assert (found.role, found.otherwise) == ("group", "category")


def test_reference_that_rarely_comes_back_is_a_group() -> None:
    assert word("image_source", RNG.integers(0, 500, 1000)) == "group"


def test_frequent_reference_is_a_category_that_warns_of_new_values() -> None:
    found = guess("store_id", list(range(10)) * 20)
    assert found.kind == "category"
    assert "group: store_id" in found.warnings[0]


@pytest.mark.parametrize("bad", [np.inf, -np.inf, 1e39])
def test_infinite_numbers_leave_the_column_out(bad) -> None:
    found = guess("x", [0.5, 1.5, bad] * 5)
    assert found.role == "unreadable"
    assert found.reason == "infinite in 5 rows; replace these values first"


def test_seconds_since_1970_are_named_only_if_the_name_says_time() -> None:
    values = 1_700_000_000 + RNG.integers(0, 10**6, 300)
    assert "1970" in guess("created_at", values).warnings[0]
    assert not any("1970" in text for text in guess("revenue", values).warnings)


def test_whole_numbers() -> None:
    assert is_whole(pl.Series([1, 2]))
    assert is_whole(pl.Series([1.0, 2.0]))
    assert not is_whole(pl.Series([1.0, 2.5]))
    assert not is_whole(pl.Series([1e300]))
