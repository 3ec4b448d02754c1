"""`read`: one door for every source."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sensorium.data import read
from sensorium.errors import DataError

FRAME = pl.DataFrame({"a": [1, None, 3], "b": ["x", "y", None]})


def write(path: Path) -> None:
    kind = path.suffix
    if kind == ".npz":
        np.savez(path, a=np.array([1.0, np.nan, 3.0]), b=np.array(["x", "y", ""]))
    elif kind in (".jsonl", ".ndjson"):
        FRAME.write_ndjson(path)
    elif kind in (".parquet", ".pq"):
        FRAME.write_parquet(path)
    elif kind in (".arrow", ".feather", ".ipc"):
        FRAME.write_ipc(path)
    else:
        FRAME.write_csv(path, separator="," if kind == ".csv" else "\t")


@pytest.mark.parametrize(
    "name",
    [
        "t.csv",
        "t.CSV",
        "t.tsv",
        "t.tab",
        "t.parquet",
        "t.pq",
        "t.jsonl",
        "t.ndjson",
        "t.arrow",
        "t.feather",
        "t.ipc",
    ],
)
def test_every_format_gives_the_same_table(tmp_path, name) -> None:
    write(tmp_path / name.lower())
    (tmp_path / name.lower()).rename(tmp_path / name)
    table = read(str(tmp_path / name))
    assert pl.DataFrame(dict(table.head())).equals(FRAME)
    assert table.where == name
    assert table.folder == tmp_path
    assert table.num_rows == 3


@pytest.mark.parametrize(
    "source",
    [
        FRAME,
        FRAME.lazy(),
        FRAME.to_dict(),
        FRAME.to_dict(as_series=False),
        FRAME.rows(named=True),
        tuple(FRAME.rows(named=True)),
        pd.DataFrame(
            {"a": pd.array([1, None, 3], dtype="Int64"), "b": ["x", "y", None]}
        ),
        FRAME.to_arrow(),
    ],
    ids=["polars", "lazy", "series", "dict", "rows", "tuple", "pandas", "arrow"],
)
def test_every_python_value_gives_the_same_table(source) -> None:
    table = read(source)
    assert pl.DataFrame(dict(table.head())).equals(FRAME)
    assert table.folder is None


def test_a_table_is_read_as_itself() -> None:
    table = read(FRAME)
    assert read(table) is table
    assert read(table, "pictures").folder == Path("pictures")


def test_the_folder_can_be_another_than_the_file_s(tmp_path) -> None:
    write(tmp_path / "t.csv")
    assert read(tmp_path / "t.csv", folder="pictures").folder == Path("pictures")


def test_npz_is_a_table_too(tmp_path) -> None:
    write(tmp_path / "t.npz")
    assert read(tmp_path / "t.npz").head()["b"].to_list() == ["x", "y", ""]


@pytest.mark.parametrize(
    "source", [{}, [], {"a": []}, FRAME.clear(), {"v": np.zeros((0, 3))}]
)
def test_a_table_without_rows_is_refused(source) -> None:
    with pytest.raises(DataError, match="has no rows"):
        read(source)


@pytest.mark.parametrize("source", [{"a": []}, FRAME.clear(), {"v": np.zeros((0, 3))}])
def test_a_table_without_rows_can_be_allowed(source) -> None:
    assert read(source, empty=True).num_rows == 0
    with pytest.raises(DataError, match="has no rows"):
        read({}, empty=True)


def test_a_table_without_columns_is_refused() -> None:
    with pytest.raises(
        DataError, match=r"has no columns. Received: '2 rows, 0 columns'"
    ):
        read([{}, {}])


@pytest.mark.parametrize(
    "source",
    [
        FRAME.lazy().select("no such column"),
        pd.Series([1, "x"], dtype=object),
        {"a": pd.Series([1, "x"], dtype=object)},
        pd.DataFrame({"a": [1j]}),
    ],
    ids=["lazy", "series", "mixed", "complex"],
)
def test_foreign_errors_do_not_leak_from_python_values(source) -> None:
    with pytest.raises(DataError):
        read(source)


@pytest.mark.parametrize("source", [3, None, {1, 2}, object()])
def test_other_things_are_refused(source) -> None:
    with pytest.raises(DataError, match="must be a path, a data frame"):
        read(source)


PEAK = """
import sys
from sensorium.data import binary, delimited, read, records
binary.KEPT_BYTES = delimited.KEPT_BYTES = records.KEPT_BYTES = 0
delimited.BLOCK_BYTES = records.BLOCK_BYTES = 2**20
binary.SLICE_ROWS = 8192

def peak():
    with open("/proc/self/status") as status:
        lines = dict(line.split(":") for line in status)
    return int(lines["VmHWM"].split()[0]) // 1024

read(sys.argv[1]).head(1)
before = peak()
table = read(sys.argv[2])
rows = sum(len(chunk["text"]) for chunk in table.chunks(rows=8192))
print(rows, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("name", ["csv", "parquet", "arrow", "jsonl"])
def test_peak_memory_does_not_follow_the_size_of_the_file(tmp_path, name) -> None:
    part = pl.DataFrame(
        {"n": range(20_000), "text": [f"{n}" * 40 for n in range(20_000)]}
    )
    sizes = {"small": 1, "large": 12}
    for size, times in sizes.items():
        path = tmp_path / f"{size}.{name}"
        frame = pl.concat([part] * times)
        if name == "parquet":
            frame.write_parquet(path, row_group_size=8192)
        elif name == "arrow":
            frame.write_ipc(path, record_batch_size=8192)
        else:
            getattr(frame, {"csv": "write_csv", "jsonl": "write_ndjson"}[name])(path)
    paths = [str(tmp_path / f"{size}.{name}") for size in sizes]
    run = [sys.executable, "-c", PEAK, *paths]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    rows, grown = map(int, done.stdout.split())
    assert rows == 240_000
    assert grown < 35  # MiB more than for the small file; whole it needs 44 to 87
