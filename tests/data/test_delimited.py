"""CSV files as a whole: values, line ends, separators, streaming."""

from __future__ import annotations

import polars as pl
import pytest

from sensorium.data import delimited, parallel, read
from sensorium.errors import DataError


@pytest.fixture
def table_of(tmp_path):
    def make(content: bytes | str, name: str = "t.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path)

    return make


def values_of(table) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {name: [] for name in table.columns}
    for chunk in table.chunks():
        for name, column in chunk.items():
            columns[name] += column.to_list()
    return columns


PLAIN = {"a": [1, 3], "b": [2, 4]}


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n3,4\n",
        b"a,b\n1,2\n3,4",
        b"a,b\r\n1,2\r\n3,4\r\n",
        b"a,b\r1,2\r3,4\r",
        b"a,b\r\n1,2\n3,4\r\n",
        b"\xef\xbb\xbfa,b\n1,2\n3,4\n",
        b'"a","b"\n"1","2"\n"3","4"\n',
        b'\xef\xbb\xbf"a",b\n1,2\n3,"4"\r\n',
        b"a;b\n1;2\n3;4\n",
        b"a|b\n1|2\n3|4\n",
        b"a\tb\n1\t2\n3\t4\n",
        b"\na,b\n\n1,2\n\r\n3,4\n\n\n",
        b"a,b\n1, 2\n3 ,4\n",
    ],
)
def test_one_table_in_many_spellings(table_of, content) -> None:
    assert values_of(table_of(content)) == PLAIN


def test_tsv_is_separated_by_tabs_whatever_its_header(table_of) -> None:
    table = table_of(b"a,b\tc\n1\t2\n", "t.tsv")
    assert values_of(table) == {"a,b": [1], "c": [2]}


def test_separators_inside_quotes_do_not_count(table_of) -> None:
    table = table_of('"a,b,c";d\n1;2\n')
    assert values_of(table) == {"a,b,c": [1], "d": [2]}


def test_quoted_fields_keep_commas_lines_and_quotes(table_of) -> None:
    table = table_of('a,b\n1,"x, ""y"""\n2,"two\n\nlines\r\nmore"\n')
    assert values_of(table)["b"] == ['x, "y"', "two\n\nlines\r\nmore"]


def test_quotes_are_letters_where_no_field_starts_with_one(table_of) -> None:
    table = table_of('a,b\n1,5" pipe\n2,3" x 4" board\n')
    assert values_of(table)["b"] == ['5" pipe', '3" x 4" board']


def test_only_the_empty_field_is_missing_in_text(table_of) -> None:
    table = table_of('a,b\n1,\n2,""\n3,NA\n4,None\n5, \n')
    assert values_of(table)["b"] == [None, None, "NA", "None", " "]


def test_a_short_last_field_is_missing_not_ragged(table_of) -> None:
    table = table_of('a,b\n1,\n"x,y",\n')
    assert values_of(table) == {"a": ["1", "x,y"], "b": [None, None]}


def test_empty_lines_are_missing_values_where_there_is_one_column(table_of) -> None:
    assert values_of(table_of("a\n1\n\n3\n"))["a"] == [1, None, 3]


def test_leading_zeros_stay_and_are_noted(table_of) -> None:
    table = table_of("zip\n01234\n99999\n")
    assert values_of(table)["zip"] == ["01234", "99999"]
    assert "leading zeros" in table.notes[0]


def test_a_column_without_a_name_gets_one_and_a_note(table_of) -> None:
    table = table_of(",a\n0,1\n")
    assert table.columns == ("column_1", "a")
    assert "called `column_1`" in table.notes[0]


def test_a_header_of_numbers_is_noted(table_of) -> None:
    assert "header line missing?" in table_of("1.5,2\n3,4\n").notes[0]
    assert table_of("0,1\n3,4\n").notes == ()  # what pandas writes for an array


def test_a_field_of_ten_megabytes_is_read(table_of) -> None:
    content = b"a,b\n1," + b"x" * 10_000_000 + b'\n2,"' + b"y\n" * 5_000_000 + b'"\n'
    lengths = [len(value) for value in values_of(table_of(content))["b"]]
    assert lengths == [10_000_000, 10_000_000]


def test_ten_thousand_columns_are_read(table_of) -> None:
    names = ",".join(f"c{number}" for number in range(10_000))
    values = ",".join(map(str, range(10_000)))
    table = table_of(f"{names}\n{values}\n")
    assert len(table.columns) == 10_000
    assert table.head(1)["c9999"].to_list() == [9999]


@pytest.fixture
def streamed(monkeypatch):
    monkeypatch.setattr(delimited, "KEPT_BYTES", 0)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 64)


def test_a_streamed_file_gives_the_same_table(table_of, monkeypatch) -> None:
    rows = [f'{n},"text ""{n}"",\nline",{n / 7}' for n in range(500)]
    content = "a,b,c\n" + "\n".join(rows) + "\n"
    kept = table_of(content)
    key = kept.content_key()
    monkeypatch.setattr(delimited, "KEPT_BYTES", 0)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 64)
    table = table_of(content)
    assert table.dtypes == kept.dtypes
    assert table.num_rows == kept.num_rows == 500
    assert values_of(table) == values_of(kept)
    assert table.content_key() == key


@pytest.mark.parametrize("workers", [1, 4])
def test_rows_are_counted_over_blocks_that_are_parsed_at_once(
    table_of, monkeypatch, workers
) -> None:
    monkeypatch.setattr(parallel, "workers", lambda: workers)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 64)
    rows = [f"{n},text {n}" for n in range(100)]
    assert values_of(table_of("\n".join(["a,b", *rows]) + "\n"))["a"] == [*range(100)]
    rows[70] = "70,one,more"
    with pytest.raises(DataError, match=r"line 72: row 71 has 3 fields"):
        table_of("\n".join(["a,b", *rows]) + "\n")


def test_a_streamed_table_gives_chunks_of_the_rows_asked_for(
    table_of, streamed
) -> None:
    table = table_of("a,b\n" + "".join(f"{n},{n}\n" for n in range(1000)))
    heights = [len(chunk["b"]) for chunk in table.chunks(["b"], rows=300)]
    assert heights == [300, 300, 300, 100]


def test_a_streamed_column_has_one_type_in_all_chunks(table_of, streamed) -> None:
    table = table_of("a\n" + "1\n" * 200 + "x\n")
    assert {chunk["a"].dtype for chunk in table.chunks(rows=50)} == {pl.String()}


def test_a_file_changed_while_in_use_is_refused(table_of, streamed) -> None:
    table = table_of("a,b\n1,2\n")
    path = table.folder / "t.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataError, match="has changed since it was read"):
        list(table.chunks())


def test_a_record_without_end_stops_before_memory_is_full(
    table_of, monkeypatch, streamed
) -> None:
    monkeypatch.setattr(delimited, "RECORD_BYTES", 1024)
    with pytest.raises(DataError, match=r"t\.csv, line 3: a record of more than"):
        table_of('a,b\n1,2\n3,"' + "x\n" * 2000)


def test_errors_in_late_blocks_name_the_line_of_the_file(table_of, streamed) -> None:
    with pytest.raises(DataError, match="line 302: row 301 has 3 fields"):
        table_of("a,b\n" + "1,2\n" * 300 + "1,2,3\n")
    with pytest.raises(DataError, match=r"line 302: byte 1206 \(0xe9\) is not UTF-8"):
        table_of(b"a,b\n" + b"1,2\n" * 300 + b"1,\xe9\n")
