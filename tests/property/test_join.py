"""Joins against Polars' own, over keys of any kind."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from sensorium.data import join_tables
from sensorium.errors import DataError

KINDS = [
    (st.integers(-3, 9), pl.Int64),
    (st.sampled_from(["a", "b", "B", "", " a", "1"]), pl.String),
    (st.booleans(), pl.Boolean),
]


@st.composite
def two_tables(draw) -> tuple[pl.DataFrame, pl.DataFrame]:
    keys, dtype = draw(st.sampled_from(KINDS))
    frames = []
    for name in ("x", "y"):
        found = draw(st.lists(keys, min_size=1, max_size=8, unique=True))
        gaps = draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found)))
        lost = [None if gap else key for key, gap in zip(found, gaps, strict=True)]
        column = pl.Series("id", lost, dtype=dtype)
        frames.append(pl.DataFrame({"id": column, name: range(len(found))}))
    return frames[0], frames[1]


@given(two_tables())
def test_rows_are_those_of_polars_in_the_order_promised(tables) -> None:
    left, right = tables
    known = [key for key in left["id"].drop_nulls() if key in right["id"].to_list()]
    for how in ("inner", "left", "outer"):
        polars = {"outer": "full"}.get(how, how)
        try:
            table = join_tables([left, right], "id", how)
        except DataError:
            assert not known
            continue
        expected = left.join(
            right, on="id", how=polars, coalesce=True, maintain_order="left_right"
        )
        found = pl.DataFrame(dict(table.head(99)))
        assert found.equals(expected.select(found.columns)), how
        assert table.report.rows[how] == len(expected)
        for one in table.report.tables:
            assert one.rows == one.matched + one.alone + one.missing
        assert table.report.tables[0].matched == len(known)
