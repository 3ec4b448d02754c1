"""Cells of columns of pictures."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.picture_cells import each_row, picture_cells


def test_every_kind_of_column_gives_its_cells() -> None:
    assert picture_cells(pl.Series(["a", None]), "x") == ["a", None]
    assert picture_cells(pl.Series(["a"], dtype=pl.Categorical), "x") == ["a"]
    assert picture_cells(np.array(["a", "b"]), "x") == ["a", "b"]
    lists = picture_cells(pl.Series([[[1, 2]], None]), "x")
    assert [lists[0], lists[1]] == [[[1, 2]], None]
    arrays = picture_cells(pl.Series("x", np.zeros((2, 3, 4), np.uint8)), "x")
    assert (arrays[0].shape, arrays[0].dtype) == ((3, 4), np.uint8)


@pytest.mark.parametrize("column", [pl.Series([1, 2]), np.zeros((2, 3))])
def test_other_columns_are_refused_by_name(column) -> None:
    with pytest.raises(DataError, match="column `x`: expected paths, bytes or arrays"):
        picture_cells(column, "column `x`")


@pytest.mark.parametrize("rows", [0, 3, 100])
def test_each_row_is_read_once(rows) -> None:
    seen: list[int] = []
    each_row(seen.append, rows)
    assert sorted(seen) == list(range(rows))
