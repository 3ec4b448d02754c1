"""Headers and separators of CSV files."""

from __future__ import annotations

import pytest

from sensorium.data import delimited_block
from sensorium.data.delimited_block import Block, Layout
from sensorium.data.delimited_layout import find_layout
from sensorium.errors import DataError


@pytest.fixture
def layout_of(tmp_path):
    def make(content: bytes, name: str = "t.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return find_layout(path)

    return make


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        (b"a,b;c,d", ","),
        (b"a;b,c;d", ";"),
        (b"a\tb", "\t"),
        (b"a|b|c", "|"),
        (b"a", ","),
        (b"a,b;c", ","),
        (b'"x,y,z";b', ";"),
    ],
)
def test_the_separator_is_the_most_frequent_of_the_header(
    layout_of, header, separator
) -> None:
    assert layout_of(header + b"\n1\n").separator == separator


def test_data_starts_after_the_header(layout_of) -> None:
    layout = layout_of(b'\xef\xbb\xbf\n"a\nx",b\n1,2\n')
    assert layout.names == ("a\nx", "b")
    assert layout.start == len(b'\xef\xbb\xbf\n"a\nx",b\n')


def test_quotes_have_a_meaning_if_one_field_of_the_file_starts_with_one(
    layout_of,
) -> None:
    assert layout_of(b'a,b\n1,x\n2,"y"\n').has_quotes
    assert not layout_of(b'a,b\n1,x"y"\n').has_quotes


def test_a_quote_at_the_seam_of_two_reads_is_seen(layout_of) -> None:
    filler = b"x" * (2**22 - 1) + b"\n"  # the next byte begins another read
    assert layout_of(b"a\n" + filler + b'"y"\n').has_quotes


def test_quotes_of_the_header_count(layout_of) -> None:
    assert layout_of(b'"a",b\n1,5" pipe\n').has_quotes


def test_a_file_without_quotes_is_not_searched_for_them(layout_of, monkeypatch) -> None:
    def refuse(layout: Layout) -> bool:
        raise AssertionError(layout)

    monkeypatch.setattr(delimited_block, "_starts_with_quotes", refuse)
    layout = layout_of(b"a,b\n1,2\n")
    assert not len(Block(layout, b"1,2\n", layout.start).quotes)
    with pytest.raises(AssertionError):
        _ = Block(layout, b'1,"2"\n', layout.start).quotes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b,a,b\n", r"header: names stand more than once: `a` .columns 1, 3., `b`"),
        (b"\xff\xfea\x00\n\x00", "is UTF-16 text"),
        (b"a\x00,\x00b\x00\n\x00", "a NUL byte"),
        (b"caf\xe9,b\n", "line 1: byte 3 .0xe9. is not UTF-8.*Windows-1252 it is `é`"),
        (b"\n\n", "the header is missing"),
        (b'a,"b\n1,2\n', "a quote opens here and is not closed"),
        (b"x" * 2_000_000, "the header is longer than 1 MiB"),
    ],
)
def test_headers_that_cannot_be_used_are_refused(layout_of, content, message) -> None:
    with pytest.raises(DataError, match=message):
        layout_of(content)
