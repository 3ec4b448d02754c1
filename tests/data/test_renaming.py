"""Columns under other names."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.data import read
from sensorium.errors import DataError


@pytest.fixture
def table():
    return read({"id": [1, 2, 3], "label": ["x", "y", "z"], "photo": np.eye(3)})


def test_rows_come_under_the_new_names(table) -> None:
    renamed = table.renamed({"photo_label": "label", "pixels": "photo"})
    assert renamed.columns == ("id", "photo_label", "pixels")
    assert renamed.dtypes["pixels"] == pl.Array(pl.Float64, 3)
    (chunk,) = renamed.chunks(["pixels", "photo_label"])
    assert chunk["photo_label"].name == "photo_label"
    assert chunk["photo_label"].to_list() == ["x", "y", "z"]
    assert chunk["pixels"].tolist() == np.eye(3).tolist()
    taken = renamed.take(np.array([2]))
    assert taken.head()["photo_label"].to_list() == ["z"]
    assert taken.num_rows == 1


def test_two_columns_can_change_places(table) -> None:
    swapped = table.renamed({"id": "label", "label": "id"})
    assert swapped.columns == ("label", "id", "photo")
    assert swapped.head()["id"].to_list() == ["x", "y", "z"]


def test_the_rest_of_the_table_stays(table, tmp_path) -> None:
    table = table.at(tmp_path)
    renamed = table.renamed({"a": "id"})
    assert (renamed.folder, renamed.where, len(renamed)) == (tmp_path, "table", 3)


def test_the_key_changes_with_a_name(table) -> None:
    keys = {table.renamed({name: "id"}).content_key() for name in ("a", "b", "b")}
    assert len(keys | {table.content_key()}) == 3


def test_a_file_that_is_read_in_parts_can_be_renamed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sensorium.data.binary.KEPT_BYTES", 0)
    pl.DataFrame({"a": [1, 2, 3]}).write_parquet(tmp_path / "t.parquet")
    renamed = read(tmp_path / "t.parquet").renamed({"b": "a"})
    assert [c["b"].to_list() for c in renamed.chunks(rows=2)] == [[1, 2], [3]]
    assert renamed.take(np.array([2, 0])).head()["b"].to_list() == [3, 1]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"b": "labels"}, "no column `labels` (Did you mean `label`?)"),
        ({"id": "label"}, "two columns would be called `id`"),
        ({"a": "id", "b": "id"}, "column `id` is given two names"),
    ],
)
def test_names_that_cannot_be_are_refused(table, names, words) -> None:
    with pytest.raises(DataError) as error:
        table.renamed(names)
    assert words in str(error.value)
