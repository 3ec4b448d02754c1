"""Parquet and Arrow files: kept, streamed, damaged."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.data import binary, read
from sensorium.errors import DataError

FRAME = pl.DataFrame(
    {
        "n": range(1000),
        "t": [f"text {number}" for number in range(1000)],
        "c": pl.Series(["a", "b"] * 500, dtype=pl.Categorical),
    }
)


@pytest.fixture(params=["t.parquet", "t.arrow"])
def path(request, tmp_path):
    found = tmp_path / request.param
    if found.suffix == ".parquet":
        FRAME.write_parquet(found, row_group_size=300)
    else:
        FRAME.write_ipc(found, record_batch_size=300)
    return found


def test_a_streamed_file_gives_the_same_table(path, monkeypatch) -> None:
    kept = read(path)
    monkeypatch.setattr(binary, "KEPT_BYTES", 0)
    monkeypatch.setattr(binary, "SLICE_ROWS", 256)
    table = read(path)
    assert table.dtypes == kept.dtypes
    assert table.dtypes["c"] == pl.String()
    assert table.num_rows == 1000
    chunks = list(table.chunks(["n", "c"], rows=170))
    assert [len(chunk["n"]) for chunk in chunks] == [170] * 5 + [150]
    assert {chunk["c"].dtype for chunk in chunks} == {pl.String()}
    assert pl.concat([chunk["n"] for chunk in chunks]).to_list() == list(range(1000))
    rows = np.array([999, 0, 300])
    assert table.take(rows).head()["n"].to_list() == rows.tolist()
    assert table.content_key() == kept.content_key()


def test_a_damaged_file_is_refused(path) -> None:
    content = path.read_bytes()
    for cut in (10, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:cut])
        with pytest.raises(DataError, match="cut off or damaged"):
            read(path)


def test_another_file_under_the_name_is_refused(tmp_path) -> None:
    (tmp_path / "t.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="is not a Parquet file"):
        read(tmp_path / "t.parquet")
    (tmp_path / "t.arrow").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "t.arrow")


def test_old_feather_is_named(tmp_path) -> None:
    (tmp_path / "t.feather").write_bytes(b"FEA1xxxx")
    with pytest.raises(DataError, match="Feather version 1"):
        read(tmp_path / "t.feather")


def test_the_stream_format_is_read(tmp_path) -> None:
    FRAME.write_ipc_stream(tmp_path / "t.arrow")
    assert read(tmp_path / "t.arrow").num_rows == 1000


def test_folders_named_like_hive_partitions_add_no_column(tmp_path) -> None:
    folder = tmp_path / "year=2024"
    folder.mkdir()
    FRAME.write_parquet(folder / "t[1].parquet")
    assert read(folder / "t[1].parquet").columns == ("n", "t", "c")
