"""Hashes that must be equal on every machine, today and in ten years."""

from __future__ import annotations

import datetime
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from sensorium.data.hashing import (
    MISSING,
    array_digest,
    content_key,
    hash_bytes,
    hash_column,
    hash_rows,
    mix,
)
from sensorium.errors import DataError

COLUMNS = {
    "number": pl.Series([1, 2, None]),
    "text": pl.Series(["a", "", None]),
    "list": pl.Series([[1.5], [], None]),
    "array": np.arange(6, dtype=np.float32).reshape(3, 2),
}


def test_mix_is_the_published_generator() -> None:
    # First outputs of splitmix64 from seed 1234567 (the reference's test vector).
    state = np.uint64(1234567)
    golden = np.uint64(0x9E3779B97F4A7C15)
    states = np.array([state, state + golden], np.uint64)
    assert mix(states).tolist() == [6457827717110365317, 3203168211198807973]


def test_hashes_of_rows_are_these_numbers_for_ever() -> None:
    # Recorded when the rule was made: a change would change everybody's splits.
    assert hash_rows(COLUMNS, seed=7).tolist() == [
        16060986000499906264,
        905199643674533127,
        2521721520469106399,
    ]


def test_another_process_gives_the_same_hashes() -> None:
    code = (
        "import polars as pl; from sensorium.data.hashing import hash_rows\n"
        "print(hash_rows({'a': pl.Series(['x', 'y']), 'b': pl.Series([1, 2])}))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pl.Series([1, 2]), pl.Series([1.0, 2.0])),
        (pl.Series([1, 2], dtype=pl.Int8), pl.Series([1, 2], dtype=pl.UInt64)),
        (pl.Series([0.0]), pl.Series([-0.0])),
        (pl.Series([1.5], dtype=pl.Float32), pl.Series([1.5])),
        (pl.Series([True, False]), pl.Series([1, 0])),
        (pl.Series(["a"]), pl.Series(["a"], dtype=pl.Categorical)),
        (pl.Series(["a"]), pl.Series([b"a"])),
        (pl.Series([[1]]), pl.Series([[1]], dtype=pl.Array(pl.Int64, 1))),
        (np.eye(2, dtype="<f4"), np.eye(2, dtype=">f4")),
    ],
)
def test_equal_values_hash_alike_whatever_holds_them(one, other) -> None:
    np.testing.assert_array_equal(hash_column(one), hash_column(other))


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([0, 1, None, 2**53, 2**53 + 1, 2**62, 2**62 + 1, -(2**62)]),
        pl.Series([2**63, 2**64 - 1]),
        pl.Series([0.0, 1e-300, float("inf"), float("nan"), None]),
        pl.Series(["", "a", "A", "a ", None]),
        pl.Series([[], [0], [0, 0], [1, 2], [2, 1], [None], None]),
        pl.Series([{"a": 1, "b": 2}, {"a": 2, "b": 1}, {"a": None, "b": 1}]),
        pl.Series([datetime.date(2024, 5, 30), datetime.date(2024, 5, 31)]),
        np.arange(6).reshape(3, 2),
    ],
)
def test_different_values_hash_differently(column) -> None:
    assert len(set(hash_column(column).tolist())) == len(column)


def test_missing_is_one_value() -> None:
    for dtype in (pl.Int64, pl.String, pl.List(pl.Int64), pl.Float64):
        assert hash_column(pl.Series([None], dtype=dtype)).tolist() == [MISSING]


def test_often_repeated_texts_hash_like_single_ones() -> None:
    many = hash_column(pl.Series(["a", "b", None] * 1000))
    few = hash_column(pl.Series(["a", "b", None]))
    assert many.tolist() == few.tolist() * 1000


def test_rows_do_not_depend_on_the_order_of_rows_or_columns() -> None:
    hashes = hash_rows(COLUMNS)
    backwards = {
        name: COLUMNS[name].reverse()
        if isinstance(COLUMNS[name], pl.Series)
        else COLUMNS[name][::-1]
        for name in reversed(COLUMNS)
    }
    assert hash_rows(backwards).tolist() == hashes.tolist()[::-1]


def test_values_that_change_columns_change_the_row() -> None:
    here = hash_rows({"a": pl.Series([1]), "b": pl.Series([2])})
    there = hash_rows({"a": pl.Series([2]), "b": pl.Series([1])})
    assert here.tolist() != there.tolist()


def test_the_seed_changes_every_row() -> None:
    assert not set(hash_rows(COLUMNS, 0).tolist()) & set(hash_rows(COLUMNS, 1).tolist())


def test_no_columns_and_objects_are_refused() -> None:
    with pytest.raises(DataError, match="at least one column"):
        hash_rows({})
    with pytest.raises(DataError, match="holds objects"):
        hash_column(pl.Series("x", [object()]))
    with pytest.raises(DataError, match="holds objects"):
        hash_column(np.array([[object()]]))


def test_a_content_key_does_not_depend_on_how_columns_are_stored() -> None:
    parts = pl.concat([pl.Series("a", ["x", "y"]), pl.Series("a", ["z"])])
    whole = pl.Series("a", ["w", "x", "y", "z"])[1:]
    assert content_key({"a": parts}) == content_key({"a": whole})


def test_hash_of_bytes_is_blake2b() -> None:
    # hashlib.blake2b(b"abc", digest_size=8), as Python's documentation defines it
    assert hash_bytes(b"abc").to_bytes(8, "little").hex() == "d8bb14d833d59559"


def test_the_digest_of_an_array_follows_from_type_shape_and_values() -> None:
    numbers = np.arange(6, dtype="int32")
    others = [
        numbers,
        numbers.reshape(2, 3),
        numbers.view("uint32"),
        numbers + 1,
        numbers[:0],
        numbers[:0].reshape(0, 3),
        np.float32(0),
    ]
    found = [array_digest(np.asarray(array)) for array in others]
    assert len(set(found)) == len(found)
    spread = np.arange(12, dtype="int32").reshape(6, 2)[:, 0] // 2
    assert array_digest(spread) == found[0]
