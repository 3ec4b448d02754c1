"""Types of text columns: what they become, and what they never become."""

from __future__ import annotations

import math
import threading

import polars as pl
import pytest

from sensorium.data import inference as module
from sensorium.data.inference import ColumnType, TableTypes


def judged(*values: str | None) -> ColumnType:
    column = ColumnType("x")
    column.see(pl.Series(values, dtype=pl.String), 1)
    return column


def converted(*values: str | None) -> list[object]:
    column = judged(*values)
    return column.converter()(pl.Series(values, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "+3"], [1, -2, 3]),
        (["1", "2.5", "1e3"], [1.0, 2.5, 1000.0]),
        ([".5", "5."], [0.5, 5.0]),
        ([" 1", "2 "], [1, 2]),
        (["1", None], [1, None]),
        (["9223372036854775807"], [9223372036854775807]),
        (["0", "10", "-0"], [0, 10, 0]),
        (["true", "false", None], [True, False, None]),
        (["True", " False"], [True, False]),
        (["2,50", "1"], [2.5, 1.0]),
        (["1.234,50", "0,5"], [1234.5, 0.5]),
        (["1.234.567", "2,5"], [1234567.0, 2.5]),
        (["1234,567"], [1234.567]),
    ],
)
def test_numbers_and_booleans_are_read(values, expected) -> None:
    assert converted(*values) == expected


@pytest.mark.parametrize(
    "values",
    [
        ["007", "10"],
        ["-007"],
        ["00.5"],
        ["+4915112345678"],
        ["12345678901234567890"],
        ["1.5", "12345678901234567"],
        ["1", "abc"],
        ["1", "0x10"],
        ["1_000"],
        ["1,234"],
        ["1,234", "12,345"],
        ["1.5", "1,5"],
        ["1.234", "2,5"],
        ["1,234,567"],
        ["1,000.50"],
        ["true", "False"],
        ["true", "1"],
        ["true", "1e400"],
        ["true", "inf"],
        ["true", "NA"],
        ["2020-01-01"],
        ["NA", "None", "null", "nan"],
        ["inf", "-inf"],
        ["?"],
        ["12%"],
        ["1 234"],
    ],
)
def test_what_a_number_would_lose_stays_text_letter_by_letter(values) -> None:
    assert converted(*values) == values


@pytest.mark.parametrize(
    "word", ["NA", "n/a", "nan", "NaN", "-nan", "null", "None", "?", "-", " NA "]
)
def test_words_for_missing_are_missing_among_numbers(word) -> None:
    assert converted("1", word, "3") == [1, None, 3]
    assert converted("1.5", word, "3") == [1.5, None, 3.0]
    assert converted("1,5", word, "3") == [1.5, None, 3.0]


def test_words_for_missing_are_words_among_words() -> None:
    assert converted("NA", "x", "None", None) == ["NA", "x", "None", None]


def test_missing_words_are_counted_in_a_note() -> None:
    (note,) = judged("1", "?", "NA", "NA").all_notes()
    assert note == "column `x`: `?`, `NA` among numbers is read as missing, in 3 rows."


def test_too_large_a_number_becomes_infinite_and_not_a_number_of_digits() -> None:
    first, second = converted("1e400", "1")
    assert first == math.inf
    assert second == 1.0


def test_a_late_word_makes_the_column_text_and_the_note_names_its_row() -> None:
    values = [str(number) for number in range(10_000)] + ["abc"]
    column = judged(*values)
    assert column.kind == "text"
    expected = "column `x`: is text, since row 10001 holds 'abc' among numbers."
    assert column.all_notes() == [expected]


def test_a_late_word_in_another_block_is_named_by_its_row_in_the_file() -> None:
    column = ColumnType("x")
    column.see(pl.Series(["1"] * 100), 1)
    column.see(pl.Series(["2"] * 50 + ["abc"] + ["3"] * 49), 101)
    assert column.kind == "text"
    assert "row 151 holds 'abc'" in column.all_notes()[0]


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (["1"], ["2"], "integer"),
        (["1"], ["2.5"], "float"),
        (["1"], ["2,5"], "comma"),
        (["1.5"], ["2,5"], "text"),
        (["2,5"], ["1.5"], "text"),
        (["2,5"], ["1,234"], "comma"),
        (["1"], ["007"], "text"),
        (["12345678901234567"], ["1"], "integer"),
        (["12345678901234567"], ["1.5"], "text"),
        (["1.5"], ["12345678901234567"], "text"),
        (["12345678901234567"], ["1,5"], "text"),
        (["true"], ["1"], "text"),
        (["1"], ["true"], "text"),
        (["true"], ["FALSE"], "text"),
        ([None], ["1"], "integer"),
        (["1"], [None], "integer"),
        (["NA"], ["1"], "integer"),
        (["NA"], ["true"], "text"),
        (["abc"], ["1"], "text"),
        ([None], [None], "text"),
    ],
)
def test_types_do_not_depend_on_where_a_block_ends(first, second, kind) -> None:
    blocks = ColumnType("x")
    blocks.see(pl.Series(first, dtype=pl.String), 1)
    blocks.see(pl.Series(second, dtype=pl.String), 2)
    assert blocks.kind == judged(*first, *second).kind == kind


@pytest.mark.parametrize(
    ("values", "part"),
    [
        (["2,50"], "decimal commas are read as numbers"),
        (["1,234"], "may be a decimal comma or a thousands mark"),
        (["1,000.50"], "have thousands marks"),
        (["007"], "'007' has leading zeros"),
        (["+4915112345678"], "has a plus sign"),
        (["12345678901234567890"], "is too long a number"),
        ([None], "is empty in every row"),
    ],
)
def test_each_decision_is_said(values, part) -> None:
    (note,) = judged(*values).all_notes()
    assert part in note


def test_plain_columns_need_no_note() -> None:
    for values in (["1"], ["1.5"], ["abc"], ["true"]):
        assert judged(*values).all_notes() == []


def test_a_table_counts_rows_and_converts_columns() -> None:
    types = TableTypes(["a", "b"])
    frame = pl.DataFrame({"a": ["1", "2"], "b": ["x", None]})
    types.see(frame)
    types.see(frame)
    assert types.num_rows == 4
    assert types.dtypes == {"a": pl.Int64(), "b": pl.String()}
    assert types.convert(frame).to_dict(as_series=False) == {
        "a": [1, 2],
        "b": ["x", None],
    }


def test_columns_that_are_judged_at_once_are_judged_alike(monkeypatch) -> None:
    texts = {
        "whole": ["1", "2", None],
        "padded": ["007", "8", "9"],
        "comma": ["2,5", "1,25", "3"],
        "word": ["a", "NA", "b"],
        "odd": ["1", "x", "3"],
    }
    frame = pl.DataFrame(texts)
    found = []
    threads = set()
    see = ColumnType.see

    def seen(column: ColumnType, values: pl.Series, first_row: int) -> None:
        threads.add(threading.get_ident())
        see(column, values, first_row)

    monkeypatch.setattr(ColumnType, "see", seen)
    for many in (module.MANY_ROWS, 1):
        monkeypatch.setattr(module, "MANY_ROWS", many)
        threads.clear()
        types = TableTypes(frame.columns, keep=True)
        types.see(frame[:2])
        types.see(frame[2:])
        found.append((types.notes(), types.dtypes, types.whole([frame]).to_dicts()))
    assert threading.get_ident() not in threads
    assert found[0] == found[1]
