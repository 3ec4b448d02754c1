"""Properties of tables, splits and orders over many made-up cases."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorium.data import Split, assign, delimited, key, permute, read
from sensorium.data.hashing import hash_rows

TEXT = st.text(
    st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8
)
QUOTED = st.text(st.sampled_from('",\n;x \t|é'), max_size=8)


def table_of(content: bytes, block: int | None = None):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(content)
        if block is None:
            return read(path)
        with mock.patch.object(delimited, "BLOCK_BYTES", block):
            return read(path)


def values_of(table) -> dict[str, list[object]]:
    chunks = list(table.chunks())
    return {
        name: [value for chunk in chunks for value in chunk[name].to_list()]
        for name in table.columns
    }


@given(
    st.lists(st.tuples(TEXT | QUOTED, QUOTED), min_size=1, max_size=6),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 200),
)
def test_texts_that_python_writes_come_back(rows, quoting, ending, block) -> None:
    # The first letter keeps a column from being numbers, and quoted: a quote in one
    # field makes quotes mean something in all.
    rows = [("a" + first, 'b"' + second) for first, second in rows]
    written = io.StringIO()
    writer = csv.writer(written, quoting=quoting, lineterminator=ending)
    writer.writerows([("one", "two"), *rows])
    found = values_of(table_of(written.getvalue().encode(), block))
    assert list(zip(found["one"], found["two"], strict=True)) == rows


CELLS = st.sampled_from(
    [
        *("", "0", "1", "-2", "+3", "2.5", "1e3", "1e400", "007", "2,5", "1.234"),
        *("1,234", "1.234,5", "NA", "?", "nan", "inf", "true", "false", "True", "x"),
        *(
            "12345678901234567890",
            "12345678901234567",
            "+4915112345678",
            " 1",
            "1 ",
            " x",
        ),
    ]
)


@settings(max_examples=200)
@given(st.lists(CELLS, min_size=1, max_size=12), st.integers(1, 60))
def test_types_and_values_do_not_depend_on_blocks(cells, block) -> None:
    lines = ["a;b", *(f"{cell};q" for cell in cells)]
    content = "\n".join(lines).encode() + b"\n"
    whole, cut = table_of(content), table_of(content, block)
    assert whole.dtypes == cut.dtypes
    assert repr(values_of(whole)) == repr(values_of(cut))  # NaN equals itself so


@settings(max_examples=200)
@given(st.lists(CELLS, min_size=1, max_size=12))
def test_text_is_never_changed_and_numbers_are_equal(cells) -> None:
    content = "\n".join(["a;b", *(f"{cell};q" for cell in cells)]).encode() + b"\n"
    table = table_of(content)
    missing = {"", "NA", "?", "nan"}
    for cell, value in zip(cells, values_of(table)["a"], strict=True):
        if table.dtypes["a"] == pl.String():
            assert value == (cell or None)
        elif table.dtypes["a"] == pl.Boolean():
            assert value == {"true": True, "True": True, "false": False}.get(cell)
        elif cell in missing:
            assert value is None
        elif "," in cell:
            assert value == float(cell.replace(".", "").replace(",", "."))
        elif table.dtypes["a"] == pl.Int64():
            assert value == int(cell)
        else:
            assert value == float(cell)


@given(st.integers(1, 5000), st.integers(0, 2**70))
def test_every_permutation_is_a_bijection(num_rows, seed) -> None:
    order = permute(np.arange(num_rows), num_rows, key(seed))
    assert np.array_equal(np.sort(order), np.arange(num_rows))


@given(st.integers(1, 2**60), st.integers(0, 2**64), st.data())
def test_permutations_of_any_size_stay_in_range_and_apart(num_rows, seed, data) -> None:
    at = data.draw(st.sets(st.integers(0, num_rows - 1), min_size=1, max_size=50))
    found = permute(np.array(sorted(at)), num_rows, key(seed))
    assert len(set(found.tolist())) == len(at)
    assert found.min() >= 0
    assert found.max() < num_rows


FRAMES = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.floats(0, 1)),
    min_size=20,
    max_size=60,
    unique=True,
)


@given(FRAMES, st.randoms(use_true_random=False), st.integers(0, 9))
def test_splits_follow_rows_wherever_they_go(rows, random, seed) -> None:
    frame = pl.DataFrame(rows, schema=["g", "label", "x"], orient="row")
    order = list(range(len(rows)))
    random.shuffle(order)
    for split in (
        Split(test=0.3, stratify="label", seed=seed),
        Split(test=0.3, stratify="x", seed=seed),
    ):
        parts = assign(read(frame), split)
        moved = assign(read(frame[order]), split)
        assert moved.tolist() == parts[order].tolist()


@given(FRAMES)
def test_equal_rows_hash_alike_and_only_they(rows) -> None:
    frame = pl.DataFrame(rows, schema=["g", "label", "x"], orient="row")
    frame = pl.concat([frame, frame[:7]])
    hashes = hash_rows(frame.to_dict()).tolist()
    plain = [(g, label, x + 0.0) for g, label, x in frame.iter_rows()]
    assert len(set(hashes)) == len(set(plain))
    assert len(set(zip(hashes, plain, strict=True))) == len(set(plain))
