from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.features.guess_profile import profile
from sensorium.features.guess_texts import guess_text, matches

RNG = np.random.default_rng(0)
ROWS = 200
LETTERS = list("abcdefghijklmnop")


def guess(name, values):
    return guess_text(profile(name, pl.Series(name, values)))


def word(name, values):
    found = guess(name, values)
    return found.kind or found.role


def a_name(words):
    return " ".join("".join(RNG.choice(LETTERS, 6)) for _ in range(words))


@pytest.mark.parametrize("words", [1, 2, 4])
def test_short_names_that_differ_are_text_and_never_left_out(words) -> None:
    assert word("name", [a_name(words) for _ in range(ROWS)]) == "text"


def test_names_joined_by_underscores_are_text() -> None:
    names = [a_name(2).replace(" ", "_") for _ in range(ROWS)]
    assert word("short_name", names) == "text"


def test_short_phrases_that_come_back_now_and_then_are_text() -> None:
    phrases = [f"find the {a_name(1)}" for _ in range(40)]
    assert word("query", list(RNG.choice(phrases, ROWS))) == "text"


def test_phrases_that_come_back_often_are_a_category() -> None:
    phrases = [a_name(2) for _ in range(40)]
    assert word("operator", phrases * 30) == "category"


def test_few_long_answers_are_a_category_and_many_are_text() -> None:
    answers = [a_name(12) for _ in range(5)]
    assert word("opinion", answers * 40) == "category"
    assert word("opinion", [a_name(12) for _ in range(ROWS)]) == "text"


@pytest.mark.parametrize("distinct", [3, 50, 5000])
def test_single_words_that_come_back_are_a_category(distinct) -> None:
    values = [f"v{i}" for i in RNG.integers(0, distinct, 4 * distinct)]
    assert word("brand", values) == "category"


def test_leading_zeros_are_codes() -> None:
    found = guess("code", [f"{i % 30:03d}" for i in range(ROWS)])
    assert found.kind == "category"
    assert "leading zeros" in found.reason


@pytest.mark.parametrize(
    "values",
    [
        [f"{x:.3f}" for x in RNG.normal(size=ROWS)],
        [f" {x:.3e} " for x in RNG.normal(size=ROWS)],
        [*(f"{x:.3f}" for x in RNG.normal(size=ROWS)), "NA", "null", "?"],
    ],
)
def test_numbers_stored_as_text_are_numbers(values) -> None:
    found = guess("x", values)
    assert found.kind == "number"
    assert "stored as text" in found.reason


def test_row_numbers_stored_as_text_name_the_rows() -> None:
    assert word("x", [str(i) for i in range(ROWS)]) == "id"


@pytest.mark.parametrize("form", ["+4917{:07d}", "4929{:012d}"])
def test_telephone_and_card_numbers_are_no_numbers(form) -> None:
    assert word("x", [form.format(i) for i in range(ROWS)]) == "id"


def test_decimal_commas_are_left_out_with_what_to_do() -> None:
    found = guess("x", [f"{x:.2f}".replace(".", ",") for x in RNG.normal(size=ROWS)])
    assert (found.role, found.otherwise) == ("unreadable", "number")
    assert "decimal points" in found.reason


def test_one_text_among_numbers_is_named() -> None:
    found = guess("x", [*(f"{x:.2f}" for x in RNG.normal(size=ROWS)), "abc"])
    assert found.role == "unreadable"
    assert found.reason == "numbers, but for the text 'abc'; leave these fields empty"


@pytest.mark.parametrize(
    ("form", "argument"),
    [
        ("2024-{month:02d}-{day:02d}", None),
        ("2024-{month:02d}-{day:02d}T10:00:00Z", None),
        ("2024-{month:02d}-{day:02d} 10:00:00.5+02:00", None),
        ("2024/{month:02d}/{day:02d}", "%Y/%m/%d"),
        ("{day:02d}.{month:02d}.2024", "%d.%m.%Y"),
        ("{day:02d}/{month:02d}/2024", "%d/%m/%Y"),
        ("{month:02d}/{day:02d}/2024", "%m/%d/%Y"),
        ("Jan {day} 2024", "%b %d %Y"),
        ("{day}-Mar-2024", "%d-%b-%Y"),
    ],
)
def test_dates_are_times_in_their_format(form, argument) -> None:
    days = [form.format(day=i % 28 + 1, month=i % 12 + 1) for i in range(ROWS)]
    found = guess("when", [*days, "NA"])
    assert (found.kind, found.arguments.get("format")) == ("time", argument)
    assert found.warnings == ()


def test_dates_that_may_be_read_in_two_ways_are_warned_of() -> None:
    found = guess("when", [f"0{i % 9 + 1}/0{i % 7 + 1}/2024" for i in range(ROWS)])
    assert "check `format`" in found.warnings[0]


def test_days_that_do_not_exist_are_no_dates() -> None:
    assert word("x", [f"2024-13-{i % 28 + 1:02d}" for i in range(ROWS)]) != "time"


def test_addresses_are_left_out() -> None:
    found = guess("link", [f"https://example.org/{i}.png" for i in range(ROWS)])
    assert found.role == "unreadable"
    assert "nothing is downloaded" in found.reason


@pytest.mark.parametrize(
    "values",
    [
        [f"{i:08x}-0000-4000-8000-{i * 977:012x}" for i in range(ROWS)],
        [f"IMG_{i:05d}" for i in range(ROWS)],
        [f"{i:04x}-fe0f-20e3" for i in range(ROWS)],
        ["".join(chr(65 + (i // 26**at) % 26) for at in range(3)) for i in range(ROWS)],
    ],
)
def test_codes_that_differ_name_the_rows(values) -> None:
    assert word("x", values) == "id"


def test_words_that_differ_name_the_rows_only_where_the_name_says_so() -> None:
    names = [a_name(1) for _ in range(ROWS)]
    assert (word("key", names), word("title", names)) == ("id", "text")


def test_codes_that_rarely_come_back_are_a_category_that_warns() -> None:
    found = guess("ticket", [f"A/{i}" for i in RNG.integers(0, 300, ROWS)])
    assert found.kind == "category"
    assert "seen once" in found.warnings[0]


@pytest.mark.parametrize("name", ["person", "user_id"])
def test_codes_of_people_are_groups(name) -> None:
    assert word(name, [f"P{i % 20:02d}" for i in range(ROWS)]) == "group"


def test_school_subjects_are_a_category_that_could_be_a_group() -> None:
    found = guess("subject", ["maths", "physics", "music"] * 40)
    assert found.kind == "category"
    assert "group: subject" in found.warnings[0]


def test_subject_lines_are_text() -> None:
    assert word("subject", [a_name(5) for _ in range(ROWS)]) == "text"


@pytest.mark.parametrize("separator", [";", "|", ", "])
def test_labels_joined_by_a_separator_are_flags(separator) -> None:
    labels = ["red", "green", "blue", "old", "very new"]
    values = [
        separator.join(RNG.permutation(labels)[: RNG.integers(1, 5)])
        for _ in range(ROWS)
    ]
    found = guess("tags", values)
    assert (found.kind, found.arguments) == ("flags", {"separator": separator.strip()})


def test_prose_and_places_with_commas_are_no_flags() -> None:
    prose = [f"{a_name(4)}, {a_name(5)}, {a_name(2)}" for _ in range(ROWS)]
    assert word("remark", prose) == "text"
    rare = [f"{a_name(1)}; {a_name(2)}" for _ in range(ROWS)]
    assert word("remark", rare) == "text"
    towns = [f"{a_name(1)}, {state}" for state in ["Ohio", "Utah"] for _ in range(100)]
    assert word("place", towns) == "text"
    people = [f"{a_name(1)}, {a_name(1)}" for _ in range(30)]
    people += [f"{a_name(1)}, {a_name(1)}, jr" for _ in range(5)]
    assert word("minister", people * 20) == "category"


def test_labels_that_rarely_come_back_are_text() -> None:
    labels = [a_name(1) for _ in range(150)]
    values = [
        "; ".join(RNG.choice(labels, RNG.integers(2, 4), False)) for _ in range(200)
    ]
    assert word("tags", values) == "text"


def test_one_value_and_gaps_says_what_it_can_tell() -> None:
    found = guess("flag", ["Y", None] * 20)
    assert found.reason == "'Y' or missing: only whether it is there can tell something"


def test_share_of_matches() -> None:
    assert matches(pl.Series(["a1", "b", "c3", "d4"]), r"\d") == 0.75
    assert matches(pl.Series([], dtype=pl.String), "a") == 0


def test_short_texts_of_rare_words_are_read_by_pieces_too() -> None:
    rare = guess("title", [a_name(2) for _ in range(ROWS)])
    assert (rare.kind, rare.arguments) == ("text", {"tokens": "ngrams"})
    assert "of the words are rare, so pieces of them are read too" in rare.reason
    few = [a_name(1) for _ in range(12)]
    known = [" ".join(RNG.permutation(few)[:4]) for _ in range(ROWS)]
    assert guess("title", known).arguments == {}
    long = [a_name(9) for _ in range(ROWS)]
    assert guess("title", long).arguments == {}
