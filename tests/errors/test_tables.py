"""Bad tables, each with the sentence that the user reads."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.data import Split, assign, read
from sensorium.errors import DataError, SensoriumError

FILES = {
    "empty.csv": (
        b"",
        "{path}: the file is empty. Give a file with a header and at least one row.",
    ),
    "header.csv": (
        b"price,city\n",
        "header.csv: has no rows. Received: '0 rows, 2 columns'. Give at least one "
        "row.",
    ),
    "twice.csv": (
        b"price,city,price\n1,x,2\n",
        "{path}, header: names stand more than once: `price` (columns 1, 3). Rename "
        "all but one.",
    ),
    "short.csv": (
        b"a,b,c\n1,2,3\n4,5\n",
        "{path}, line 3: row 2 has 2 fields and the header has 3. Received: '4,5'. "
        "Fill up the row, if only by separators.",
    ),
    "long.csv": (
        b"a,b\nx,y\nx,y,z\n",
        "{path}, line 3: row 2 has 3 fields and the header has 2. Received: 'x,y,z'. "
        "Put fields that contain the separator in quotes.",
    ),
    "index.csv": (
        b"a,b\nx,1,2\ny,3,4\n",
        "{path}, line 2: row 1 has 3 fields and the header has 2. Received: 'x,1,2'. "
        "Are these decimal commas? Quote them, or separate by `;`.",
    ),
    "comma.csv": (
        b"price\n1.234,5\n",
        "{path}, line 2: row 1 has 2 fields and the header has 1. Received: "
        "'1.234,5'. Are these decimal commas? Quote them, or separate by `;`.",
    ),
    "windows.csv": (
        b"city\nN\xfcrnberg\n",
        "{path}, line 2: byte 6 (0xfc) is not UTF-8. Received: 'N\ufffdrnberg\\n'. In "
        "Windows-1252 it is `\u00fc`. Save the table as UTF-8.",
    ),
    "utf16.csv": (
        "a,b\n1,2\n".encode("utf-16"),
        "{path}: is UTF-16 text, not UTF-8. Save the table as UTF-8.",
    ),
    "nul.csv": (
        b"a,b\n1,x\x00y\n",
        "{path}, line 2: a NUL byte (byte 7). Is it UTF-16, or no text at all? Save "
        "the table as UTF-8.",
    ),
    "open.csv": (
        b'a,b\n1,"x\n2,y\n',
        "{path}, line 2: a quote opens here and is not closed. Received: "
        "'1,\"x\\n2,y\\n'. Close it, or double it if it belongs to the text.",
    ),
    "bad.jsonl": (
        b'{"a": 1}\n{"a": \n',
        "{path}, line 2: is not JSON (Expecting value: line 1 column 7 (char 6)). "
        "Received: '{{\"a\": '. Write one JSON object a line.",
    ),
    "bad.parquet": (
        b"PAR1 and then nothing",
        None,
    ),
    "bad.npz": (
        b"PK and then nothing",
        "{path}: cannot be read (File is not a zip file). The file may be cut off or "
        "damaged; write it again.",
    ),
    "table.xlsx": (
        b"PK",
        "{path}: the file's extension must be one of .csv, .tsv, .tab, .parquet, .pq, "
        ".jsonl, .ndjson, .arrow, .feather, .ipc, .npz. Received: '.xlsx'. Save it as "
        "CSV or Parquet.",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_bad_files_are_refused_in_these_words(tmp_path, name) -> None:
    content, sentence = FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(path)
    if sentence is None:  # the reason inside is the library's
        assert str(caught.value).startswith(f"{path}: cannot be read (")
        assert str(caught.value).endswith("cut off or damaged; write it again.")
    else:
        assert str(caught.value) == sentence.format(path=path)


def test_a_misspelt_file_is_answered_with_the_near_one(tmp_path) -> None:
    (tmp_path / "listings.csv").write_text("a\n1\n")
    with pytest.raises(DataError) as caught:
        read(tmp_path / "listing.csv")
    path = tmp_path / "listing.csv"
    assert str(caught.value) == f"{path}: no such file. Did you mean `listings.csv`?"


def test_numpy_pickles_are_refused(tmp_path) -> None:
    path = tmp_path / "t.npz"
    np.savez(path, x=np.array([{}], object), allow_pickle=True)
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path}, array `x`: holds objects. Arrays of objects are pickles and are not "
        "read: save numbers or text."
    )


# What other readers change without a word: here it is kept as it is.
KEPT = {
    "007": ["007", "010"],
    "NA": ["NA", "None", "null", "nan", "x"],
    "mixed": ["1", "2", "abc"],
    "1,234": ["1,234", "2,345"],
    "long": ["12345678901234567890", "1"],
    "telephone": ["+4915112345678", "+4915112345679"],
    "spaces": [" x ", "y"],
}


@pytest.mark.parametrize("name", KEPT)
def test_nothing_is_changed_silently(tmp_path, name) -> None:
    values = KEPT[name]
    path = tmp_path / "t.csv"
    path.write_text("a\n" + "".join(f'"{value}"\n' for value in values))
    assert read(path).head(9)["a"].to_list() == values


def test_a_word_after_many_numbers_makes_text_and_loses_nothing(tmp_path) -> None:
    values = [str(number) for number in range(20_000)] + ["abc"]
    path = tmp_path / "t.csv"
    path.write_text("a\n" + "\n".join(values) + "\n")
    table = read(path)
    assert table.take(np.arange(20_001)).head(20_001)["a"].to_list() == values
    assert table.notes == (
        "column `a`: is text, since row 20001 holds 'abc' among numbers.",
    )


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (
            {"a": [1, "x"]},
            "column `a`: mixes `int` and `str`, first in row 2. Received: 'x'. Make "
            "the column one type, for example text by `str`.",
        ),
        (
            {"a": [1], "b": [1, 2]},
            "dict of columns: all columns must have the same number of rows. "
            "Received: '`a` 1, `b` 2'.",
        ),
        (
            {"a": 1, "b": 2},
            "column `a`: must be a list or an array. Received: 1. For one row, give a "
            "list with one dict: `[{...}]`.",
        ),
        (
            [{"a": 1}, "x"],
            "row 2: must be a dict. Received: 'x'. Give a list of dicts, one a row, or "
            "a dict of columns.",
        ),
        (
            5,
            "table: must be a path, a data frame, a dict of columns or a list of "
            "dicts. Received: 5.",
        ),
    ],
)
def test_bad_python_values_are_refused_in_these_words(source, sentence) -> None:
    with pytest.raises(DataError) as caught:
        read(source)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (
            Split(test=0.1, group="Patient"),
            "table: no column `Patient` (Did you mean `patient`?). The table has "
            "`patient`, `fold`.",
        ),
        (
            Split(column="fold"),
            "table, column `fold`: a value must be train, valid, test or unused. "
            "Received: 0. Say which values are which: `{fold: {test: [...]}}`.",
        ),
        (
            Split(test=0.1, group="patient"),
            "table, column `patient`: has 1 missing values, first in row 3. A split "
            "needs a value in every row: fill them or leave the rows out.",
        ),
    ],
)
def test_bad_splits_are_refused_in_these_words(split, sentence) -> None:
    table = read({"patient": ["a", "b", None], "fold": [0, 1, 2]})
    with pytest.raises(DataError) as caught:
        assign(table, split)
    assert str(caught.value) == sentence


def bitten(content: bytes, generator: np.random.Generator) -> bytes:
    """The bytes with a few of them changed, cut out or doubled."""
    letters = bytearray(content)
    for _ in range(generator.integers(1, 4)):
        at = int(generator.integers(0, len(letters)))
        action = generator.integers(0, 4)
        if action == 0:
            letters[at] = int(generator.integers(0, 256))
        elif action == 1:
            del letters[at : at + int(generator.integers(1, 20))]
        elif action == 2:
            letters[at:at] = letters[at : at + 7]
        else:
            letters[at:at] = generator.choice([b'"', b"\n", b",", b"\x00", b"\r"])
        if not letters:
            letters = bytearray(b"x")
    return bytes(letters)


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet", "t.arrow", "t.npz"])
def test_damaged_files_raise_nothing_but_our_error(tmp_path, name, capfd) -> None:
    frame = pl.DataFrame({"a": [1, 2, 3], "b": ['x, "y"', "z\n", None], "c": [0.5] * 3})
    path = tmp_path / name
    if name.endswith("npz"):
        np.savez_compressed(path, a=np.arange(3), b=np.zeros((3, 2)))
    else:
        kind = path.suffix.removeprefix(".")
        kind = {"jsonl": "ndjson", "arrow": "ipc"}.get(kind, kind)
        getattr(frame, f"write_{kind}")(path)
    content = path.read_bytes()
    generator = np.random.default_rng(0)
    outcomes = set()
    for _ in range(300):
        path.write_bytes(bitten(content, generator))
        try:
            table = read(path)
            rows = sum(len(chunk[table.columns[0]]) for chunk in table.chunks())
            outcomes.add("read" if rows == table.num_rows else "rows differ")
        except SensoriumError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
