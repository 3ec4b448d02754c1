from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from sensorium.cli.predict import write


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_lists_survive_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    table = pl.DataFrame(
        {
            "tags": [["a", "b"], [], None],
            "p": [0.1, 0.2, None],
            "both": [{"x": True}, {"x": False}, None],
        }
    )
    target = tmp_path / f"found.{kind}"
    write(table, target)
    readers = {"csv": pl.read_csv, "parquet": pl.read_parquet, "jsonl": pl.read_ndjson}
    found = readers[kind](target)
    assert found["p"].to_list() == [0.1, 0.2, None]
    if kind == "csv":
        assert found["tags"].to_list()[0] == "a;b"
        assert found["both"].to_list()[0] == '{"x":true}'
    else:
        assert found["tags"].to_list() == [["a", "b"], [], None]
