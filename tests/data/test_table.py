"""What every table can do, from whatever source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sensorium.data import Table, read, require_columns
from sensorium.errors import DataError


@pytest.fixture
def table() -> Table:
    return read({"a": [1, 2, 3], "b": ["x", None, "z"], "v": np.eye(3)})


def test_it_knows_its_columns_types_and_rows(table) -> None:
    assert table.columns == ("a", "b", "v")
    assert dict(table.dtypes) == {
        "a": pl.Int64(),
        "b": pl.String(),
        "v": pl.Array(pl.Float64, 3),
    }
    assert table.num_rows == len(table) == 3
    assert table.folder is None
    assert repr(table) == "Table('table', 3 rows: a, b, v)"


def test_chunks_come_in_order_and_the_last_is_short(table) -> None:
    chunks = list(table.chunks(rows=2))
    assert [chunk["a"].to_list() for chunk in chunks] == [[1, 2], [3]]
    assert [chunk["v"].shape for chunk in chunks] == [(2, 3), (1, 3)]


def test_chunks_hold_the_columns_asked_for(table) -> None:
    assert list(next(table.chunks(["b", "a"]))) == ["b", "a"]
    assert list(next(table.chunks("b"))) == ["b"]
    assert list(table.chunks([], rows=2)) == [{}, {}]


def test_head_gives_no_more_rows_than_there_are(table) -> None:
    assert table.head(2)["a"].to_list() == [1, 2]
    assert table.head(99)["a"].to_list() == [1, 2, 3]


def test_take_copies_rows_in_the_order_asked_for(table) -> None:
    taken = table.take(np.array([2, 0, 2]))
    assert taken.num_rows == 3
    assert taken.head()["a"].to_list() == [3, 1, 3]
    assert taken.head()["b"].to_list() == ["z", "x", "z"]
    assert taken.head()["v"].argmax(1).tolist() == [2, 0, 2]


def test_take_of_nothing_is_a_table_without_rows(table) -> None:
    nothing = table.take(np.array([], int))
    assert nothing.num_rows == 0
    assert nothing.dtypes == table.dtypes
    assert len(nothing.head()["a"]) == 0


@pytest.mark.parametrize("rows", [[3], [-1], [0.5], [True], [[0]]])
def test_take_refuses_what_is_no_row(table, rows) -> None:
    with pytest.raises(DataError):
        table.take(np.array(rows))


def test_every_missing_column_is_named_at_once_with_the_nearest(table) -> None:
    wide = read({"price": [1], "city": ["x"]})
    with pytest.raises(DataError) as caught:
        require_columns(wide, ["Price", "city", "ctiy", "zzz"])
    assert str(caught.value) == (
        "table: no columns `Price` (Did you mean `price`?), `ctiy` (Did you mean "
        "`city`?), `zzz`. The table has `price`, `city`."
    )


def test_chunks_refuse_at_once_not_at_the_first_row(table) -> None:
    with pytest.raises(DataError, match="no column `c`"):
        table.chunks(["c"])
    with pytest.raises(DataError, match="at least 1"):
        table.chunks(rows=0)


def test_the_content_key_follows_the_content() -> None:
    columns = {"a": [1, 2], "b": ["x", None], "v": np.eye(2)}
    key = read(columns).content_key()
    assert key == read(dict(columns)).content_key()
    changes = [
        {**columns, "a": [1, 3]},
        {**columns, "a": [2, 1]},
        {**columns, "a": [1.0, 2.0]},
        {**columns, "b": ["x", ""]},
        {**columns, "v": np.eye(2) * 2},
        {**columns, "v": np.eye(2).reshape(2, 2, 1)},
        {"a": [1, 2], "b": ["x", None]},
    ]
    keys = {read(changed).content_key() for changed in changes}
    assert len(keys | {key}) == len(changes) + 1


def test_at_gives_the_same_rows_another_folder(table) -> None:
    moved = table.at(Path("pictures"))
    assert moved.folder == Path("pictures")
    assert moved.content_key() == table.content_key()
