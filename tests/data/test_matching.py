"""Which keys of several tables match."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.data.matching import keys_of, match
from sensorium.errors import DataError


def matched(*keys, as_text=False):
    names = ["a", "b", "c"][: len(keys)]
    columns = [{"id": pl.Series("id", key)} for key in keys]
    return match(names, [("id",)] * len(keys), columns, as_text)


def rows(matching, how):
    return [row.tolist() for row in matching.rows(how)]


def test_rows_of_two_tables() -> None:
    both = matched([5, 3, None, 1], [1, 9, 5, None])
    assert rows(both, "inner") == [[0, 3], [2, 0]]
    assert rows(both, "left") == [[0, 1, 2, 3], [2, -1, -1, 0]]
    assert rows(both, "outer") == [[0, 1, 2, 3, -1, -1], [2, -1, -1, 0, 1, 3]]


def test_rows_of_three_tables() -> None:
    three = matched([1, 2], [2, 3], [4, 3, 2])
    assert rows(three, "inner") == [[1], [0], [2]]
    assert rows(three, "left") == [[0, 1], [-1, 0], [-1, 2]]
    assert rows(three, "outer") == [[0, 1, -1, -1], [-1, 0, 1, -1], [-1, 2, 1, 0]]


def test_a_repeated_key_of_the_first_table_takes_the_same_row() -> None:
    assert rows(matched(["x", "y", "x"], ["x"]), "left") == [[0, 1, 2], [0, -1, 0]]


def test_keys_of_several_columns_match_only_together() -> None:
    left = {"day": pl.Series([1, 1, 2, None]), "site": pl.Series(["p", "q", "p", "p"])}
    right = {"d": pl.Series([1, 2, None]), "s": pl.Series(["q", "q", "p"])}
    both = match(["a", "b"], [("day", "site"), ("d", "s")], [left, right])
    assert rows(both, "inner") == [[1], [0]]
    assert both.report().tables[0].missing == 1
    assert both.show(0, np.array([1])) == ("1 + 'q'",)


def test_the_report_counts_every_row_once() -> None:
    report = matched([1, 2, 2, 3, None], [2, 4, 4, 5, 6, 7], [1, 2]).report()
    first, second, third = report.tables
    assert (first.rows, first.matched, first.alone, first.missing) == (5, 2, 1, 1)
    assert (first.repeated, first.repeats, first.alone_examples) == (1, ("2",), ("3",))
    assert (second.matched, second.alone, second.repeats) == (1, 5, ("4",))
    assert second.alone_examples == ("4", "4", "5")
    assert (third.matched, third.alone, third.types) == (1, 0, ("Int64",))
    assert dict(report.rows) == {"inner": 2, "left": 5, "outer": 10}
    assert not report.complete
    assert str(report) == (
        "key `id`: a: 5 rows, 2 matched, 1 in no other table (e.g. 3), 1 in some other "
        "tables, 1 without a key, 1 key in more than one row (e.g. 2); b: 6 rows, 1 "
        "matched, 5 in no other table (e.g. 4, 4, 5), 1 key in more than one row "
        "(e.g. 4); c: 2 rows, 1 matched, 1 in some other tables."
    )


def test_tables_of_the_same_keys_are_complete() -> None:
    assert matched([1, 2], [2, 1]).report().complete


def test_no_row_matches_where_a_table_has_none() -> None:
    both = matched([1, 2], pl.Series([], dtype=pl.Int64))
    assert rows(both, "left") == [[0, 1], [-1, -1]]
    assert rows(both, "inner") == [[], []]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("id", [("id",), ("id",)]),
        (["day", "site"], [("day", "site")] * 2),
        ({"a.csv": "id", "b.csv": "nr"}, [("id",), ("nr",)]),
        ({"right": ["nr"], "left": "id"}, [("id",), ("nr",)]),
    ],
)
def test_keys_are_named_for_all_tables_or_for_each(on, expected) -> None:
    assert keys_of(["a.csv", "b.csv"], on) == expected


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ({"a.cvs": "id", "b.csv": "nr"}, "there is no table `a.cvs`. Did you mean"),
        ({"a.csv": "id"}, "names no key of b.csv"),
        ({"a.csv": "id", "b.csv": ["x", "y"]}, "every table needs as many keys"),
        ([], "must name the key"),
        (7, "must name the key. Received: 7. Give a column's name"),
    ],
)
def test_keys_that_are_none_are_refused(on, words) -> None:
    with pytest.raises(DataError) as error:
        keys_of(["a.csv", "b.csv"], on)
    assert words in str(error.value)
