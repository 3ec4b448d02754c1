"""Files that are not there, not files, or have changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sensorium.data.files import (
    check_unchanged,
    existing_file,
    file_key,
    refusing,
    stamp_of,
)
from sensorium.errors import DataError


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("birds.csv", "no such file. Did you mean `bird.csv`"),
        ("none/birds.csv", "there is no folder"),
        ("folder", "is a folder, not a file. Give one of its files: inside.parquet"),
        ("empty.csv", "the file is empty"),
        ("notes.txt", "extension must be one of .csv"),
        ("bird.csv.gz", "Unpack it first"),
        ("pipe.csv", "must be a regular file"),
    ],
)
def test_what_cannot_be_a_table_is_refused(tmp_path, name, message) -> None:
    (tmp_path / "bird.csv").write_text("a\n1\n")
    (tmp_path / "bird.csv.gz").write_text("x")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside.parquet").touch()
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match=message):
        existing_file(tmp_path / name)


@pytest.mark.parametrize("address", ["https://x.org/a.csv", "s3://b/a.csv"])
def test_addresses_are_not_read(address) -> None:
    with pytest.raises(DataError, match="addresses are not read"):
        existing_file(Path(address))


def test_a_good_file_comes_back(tmp_path) -> None:
    path = tmp_path / "T.CSV"
    path.write_text("a\n1\n")
    assert existing_file(path) == path


def test_the_key_of_a_file_is_that_of_its_bytes(tmp_path) -> None:
    keys = []
    for name, text in (("a.csv", "x"), ("b.csv", "x"), ("c.csv", "y")):
        (tmp_path / name).write_text(text)
        keys.append(file_key(tmp_path / name, stamp_of(tmp_path / name)))
    assert keys[0] == keys[1] != keys[2]


def test_a_changed_file_has_no_key(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x")
    stamp = stamp_of(path)
    check_unchanged(path, stamp)
    path.write_text("xy")
    with pytest.raises(DataError, match="has changed since it was read"):
        file_key(path, stamp)
    path.unlink()
    with pytest.raises(DataError, match="cannot be read"):
        check_unchanged(path, stamp)


@pytest.mark.parametrize("error", [OSError(28, "No space"), ValueError("x\ny")])
def test_foreign_errors_become_ours_in_one_line(error) -> None:
    message = r"^t\.csv: cannot be read \(.*\)\. Do this\.$"
    with pytest.raises(DataError, match=message), refusing("t.csv", "Do this."):
        raise error


def test_mistakes_of_ours_are_not_hidden() -> None:
    with pytest.raises(KeyError), refusing("t.csv"):
        raise KeyError("a")
