"""JSON lines."""

from __future__ import annotations

import pytest

from sensorium.data import read, records
from sensorium.errors import DataError


@pytest.fixture
def table_of(tmp_path):
    def make(content: bytes):
        path = tmp_path / "t.jsonl"
        path.write_bytes(content)
        return read(path)

    return make


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a":1}\n{"a":2}', [1, 2]),
        (b'{"a":1}\r\n\r\n{"a":2}\n\n', [1, 2]),
        (b'\xef\xbb\xbf{"a":1}\n', [1]),
        (b'{"a":1}\n{"a":2.5}\n', [1.0, 2.5]),
        (b'{"a":1}\n{"a":"x"}\n', ["1", "x"]),
        (b'{"a":1}\n{"b":2}\n', [1, None]),
        (b'{"a":null}\n', [None]),
        (b'{"a":[1,2.5]}\n{"a":[]}\n', [[1.0, 2.5], []]),
        (b'{"a":"007"}\n{"a":"NA"}\n', ["007", "NA"]),
        (b'{"a":"x\\u0000\\ny"}\n', ["x\0\ny"]),
    ],
)
def test_lines_become_rows(table_of, content, expected) -> None:
    assert table_of(content).head()["a"].to_list() == expected


def test_a_key_of_the_last_line_is_a_column(table_of) -> None:
    table = table_of(b'{"a":1}\n' * 3000 + b'{"b":"x"}\n')
    assert table.columns == ("a", "b")
    assert table.num_rows == 3001


def test_types_are_decided_over_all_blocks(table_of, monkeypatch) -> None:
    content = b'{"a":1}\n' * 300 + b'{"a":1.5,"b":[1]}\n' + b'{"a":null}\n' * 300
    kept = table_of(content)
    key = kept.content_key()
    monkeypatch.setattr(records, "BLOCK_BYTES", 100)
    monkeypatch.setattr(records, "KEPT_BYTES", 0)
    table = table_of(content)
    assert table.dtypes == kept.dtypes
    chunks = list(table.chunks(["a"], rows=50))
    assert {chunk["a"].dtype for chunk in chunks} == {kept.dtypes["a"]}
    assert sum(len(chunk["a"]) for chunk in chunks) == table.num_rows == 601
    assert table.content_key() == key


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a":1}\n{"a":\n', r"line 2: is not JSON \(Expecting value"),
        (b'{"a":1}\n\n[1]\n', "line 3: must be an object"),
        (b'{"a":1} {"a":2}\n', r"line 1: is not JSON \(Extra data"),
        (b'{"a":NaN}\n', "line 1: is not JSON .NaN is no JSON; write null"),
        (b'{"a":1}\n{"a":1e400}\n', "line 2: column `a` is over 1.8e308"),
        (
            b'{"a":true}\n{"a":2}\n',
            "line 2: column `a` mixes true or false and numbers",
        ),
        (b'{"a":[1]}\n{"a":2}\n', "line 2: column `a` mixes lists and numbers"),
        (b'{"a":"caf\xe9"}\n', "line 1: byte 10 of the line .0xe9. is not UTF-8"),
        (b" \n\n", "has no rows"),
        (b"a,b\n1,2\n", "line 1: is not JSON"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(table_of, content, message) -> None:
    with pytest.raises(DataError, match=message):
        table_of(content)


def test_a_line_without_end_stops_before_memory_is_full(table_of, monkeypatch) -> None:
    monkeypatch.setattr(records, "BLOCK_BYTES", 100)
    monkeypatch.setattr(records, "LINE_BYTES", 1000)
    with pytest.raises(DataError, match="line 2: is longer than"):
        table_of(b'{"a":1}\n{"a":"' + b"x" * 5000)
