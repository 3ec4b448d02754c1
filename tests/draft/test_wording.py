from __future__ import annotations

import pytest

from sensorium.draft.wording import comment, entry, remark, scalar, unused
from sensorium.schema import read_yaml

LONG = {"type": "number", "columns": [f"a column {i}" for i in range(20)]}


def test_an_entry_is_broken_where_it_gets_long_and_reads_back() -> None:
    lines = entry("many", LONG, "  ")
    assert len(lines) > 1
    assert max(map(len, lines)) <= 88
    assert read_yaml("inputs:\n" + "\n".join(lines)).data == {"inputs": {"many": LONG}}


@pytest.mark.parametrize("value", ["yes", "a: b", 'quo"te', "x\x00y", "12", "", "ä ö"])
def test_any_text_comes_back_as_that_text(value) -> None:
    assert read_yaml(f"a: {scalar(value)}").data == {"a": value}


def test_comments_stay_within_the_line_and_in_one_piece() -> None:
    lines = comment("word " * 60 + "end\nnot a line of its own: 1", "  ")
    assert max(map(len, lines)) <= 88
    assert all(line.startswith("  #") for line in lines)
    assert remark("name", "why", "  ") == ["  #   name: why"]


def test_an_unused_entry_comes_back_without_its_sign() -> None:
    lines = entry("many", LONG, "  ")
    restored = [line.replace("# ", "", 1) for line in unused(lines)]
    assert restored == lines
    assert all(line.lstrip().startswith("#") for line in unused(lines))
