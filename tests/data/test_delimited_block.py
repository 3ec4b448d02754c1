"""Pieces of CSV files: where records end, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensorium.data.delimited_block import Block, Layout
from sensorium.errors import DataError


@pytest.fixture
def block_of(tmp_path):
    def make(data: bytes, names=("a", "b"), quoted=True) -> Block:
        path = Path(tmp_path) / "t.csv"
        path.write_bytes(data)
        return Block(Layout(path, tuple(names), ",", quoted, False, 0, (0, 0)), data, 0)

    return make


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"1,2\n3,4", 4),
        (b"1,2\n3,4\n", 8),
        (b"1,2", 0),
        (b'1,"2\n3,4\n', 0),
        (b'1,2\n1,"2\n3,4\n', 4),
        (b'1,"a\nb"\n2,"c\n', 8),
        (b'1,"a""\n""b"\n2', 12),
    ],
)
def test_a_block_ends_after_the_last_whole_record(block_of, data, end) -> None:
    assert block_of(data).last_end() == end


def test_quotes_without_a_meaning_do_not_hold_lines_together(block_of) -> None:
    assert block_of(b'1,5" x\n2', quoted=False).last_end() == 7


def test_a_block_is_parsed_as_texts(block_of) -> None:
    frame = block_of(b'1,"x"\n,NA\n').parse(["a", "b"], 1)
    assert frame.rows() == [("1", "x"), (None, "NA")]


def test_only_the_columns_asked_for_come_back(block_of) -> None:
    assert block_of(b"1,2\n").parse(["b"], 1).columns == ["b"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"1,2\n1\n", "line 2: row 12 has 1 fields and the header has 2"),
        (b"1,2\n1,2,3\n", "line 2: row 12 has 3 fields"),
        (b"1,2,3\n1\n", "line 1: row 11 has 3 fields"),
        (b'"1,x",2\n"1,2"\n', "line 2: row 12 has 1 fields"),
        (b'"1\n\n",2\n\n5\n', "line 5: row 12 has 1 fields"),
        (b"1,2\n3,\x00\n", "line 2: a NUL byte .byte 6."),
        (b"1,2\n3,\xff\n", "line 2: byte 6 .0xff. is not UTF-8"),
        (b'1,"2\n3,4\n', "line 1: a quote opens here and is not closed"),
        (b'1,"2"x\n3,4\n', "line 1: a quote opens here and is not closed"),
        (b'1,"2\n3,4\n5,"6"\n', "line 1: a quote that does not stand at the start"),
        (b'"1",x"y"\n', "line 1: a quote that does not stand at the start"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(block_of, data, message) -> None:
    with pytest.raises(DataError, match=message):
        block_of(data).parse(["a", "b"], 11)


def test_a_long_and_a_short_row_do_not_make_up_for_each_other(block_of) -> None:
    with pytest.raises(DataError, match="row 1 has 3 fields"):
        block_of(b"1,2,3\n4\n").parse(["a", "b"], 1)
    with pytest.raises(DataError, match="row 1 has 1 fields"):
        block_of(b"4\n1,2,3\n").parse(["a", "b"], 1)


def test_decimal_commas_are_suspected_where_numbers_overflow(block_of) -> None:
    with pytest.raises(DataError, match="Are these decimal commas"):
        block_of(b"1,5,2,5\n").parse(["a", "b"], 1)


def test_the_header_is_unquoted(block_of) -> None:
    assert block_of(b'"a ""1""","b,c"\n').header() == ['a "1"', "b,c"]
