"""Gaps in columns of every type, and the paths of tables in several folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sensorium.data.joined_columns import gather_or_miss, settle_paths
from sensorium.errors import DataError
from sensorium.features import Flags, Image, Reading, Signal, Vector

ROWS = np.array([2, -1, 0])


def test_a_series_has_nulls() -> None:
    for column in (pl.Series([1, 2, 3]), pl.Series([[1], [2], [3, 4]])):
        found = gather_or_miss(column, ROWS)
        assert found.dtype == column.dtype
        assert found.to_list() == [column.to_list()[2], None, column.to_list()[0]]


def test_without_gaps_an_array_stays_as_it_is() -> None:
    column = np.arange(6, dtype=np.uint8).reshape(3, 2)
    found = gather_or_miss(column, np.array([2, 0]))
    assert found.dtype == np.uint8
    assert found.tolist() == [[4, 5], [0, 1]]


@pytest.mark.parametrize(
    ("dtype", "shape", "becomes"),
    [
        ("float32", (3, 2, 2), np.float32),
        ("uint8", (3, 2), np.float32),
        ("bool", (3, 2), np.float32),
        ("int64", (3, 2), np.float64),
    ],
)
def test_arrays_of_numbers_have_nan(dtype, shape, becomes) -> None:
    column = np.ones(shape, dtype)
    found = gather_or_miss(column, ROWS)
    assert found.dtype == becomes
    assert np.isnan(found[1]).all()
    assert (found[[0, 2]] == 1).all()


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        (np.arange(12, dtype=np.uint8).reshape(3, 2, 2), pl.Array(pl.UInt8, (2, 2))),
        (np.array([["a", "b"]] * 3), pl.Array(pl.String, 2)),
        (np.array([["2026-01-31"]] * 3, "M8[ms]"), pl.Array(pl.Datetime("ms"), 1)),
    ],
)
def test_other_arrays_have_nulls(column, dtype) -> None:
    found = gather_or_miss(column, ROWS)
    assert found.dtype == dtype
    assert found.is_null().to_list() == [False, True, False]
    assert found[0].to_numpy().tolist() == column[2].tolist()
    nothing = gather_or_miss(column[:0], np.array([-1, -1]))
    assert nothing.dtype == dtype
    assert nothing.null_count() == 2


def drawn(dtype, *shape):
    numbers = np.random.default_rng(0).integers(0, 2, (3, *shape))
    if np.dtype(dtype).kind in "iu":
        numbers = numbers * min(200, np.iinfo(dtype).max)
    return numbers.astype(dtype)


@pytest.mark.parametrize(
    ("feature", "column"),
    [
        *((Vector(), drawn(dtype, 4)) for dtype in ("float32", "int32", "bool")),
        *((Signal(), drawn(dtype, 5)) for dtype in ("float64", "int16")),
        *((Signal(), drawn(dtype, 5, 2)) for dtype in ("float32", "uint8", "bool")),
        *((Image((4, 4)), drawn(d, 4, 4, 3)) for d in ("float32", "uint8", "uint16")),
        *((Image((4, 4)), drawn(dtype, 4, 4)) for dtype in ("uint8", "bool")),
        *((Flags(), drawn(dtype, 3) != 0) for dtype in ("int64", "bool")),
        (Flags(), (drawn("int64", 3) != 0).astype("int64")),
    ],
)
def test_an_input_without_a_row_is_absent_and_the_rest_is_as_before(
    feature, column
) -> None:
    fitted = feature.fit({"x": column})
    plain = fitted.encode({"x": column})
    gaps = {"x": gather_or_miss(column, ROWS)}
    found = fitted.encode(gaps)
    assert not found.errors
    assert found.present.tolist() == [plain.present[2], False, plain.present[0]]
    assert (found.values[[0, 2]] == plain.values[[2, 0]]).all()
    assert not found.values[1].any()
    again = feature.fit({"x": gather_or_miss(column, np.array([0, 1, -1, 2]))})
    for name, value in fitted.state().arrays.items():
        assert np.allclose(again.state().arrays[name], value, atol=1e-12)


# --- paths ---


@pytest.fixture
def folders(tmp_path) -> tuple[Path, Path]:
    for name in ("photos", "sounds"):
        (tmp_path / name / "files").mkdir(parents=True)
        (tmp_path / name / "files" / "1.bin").write_bytes(b"1")
    return tmp_path / "photos", tmp_path / "sounds"


PATHS = ["files/1.bin", None, "", "/etc/hosts", "https://a/b", "files/2.bin"]


def test_paths_of_two_folders_begin_in_the_one_around_them(folders) -> None:
    photo = {"photo": pl.Series("photo", PATHS), "title": pl.Series(["files"] * 6)}
    sound = {"sound": pl.Series("sound", PATHS)}
    folder, columns, notes = settle_paths(["a", "b"], folders, [photo, sound])
    assert folder == folders[0].parent.resolve()
    assert columns[0]["photo"].to_list() == [
        "photos/files/1.bin",
        *PATHS[1:5],
        "photos/files/2.bin",
    ]
    assert columns[0]["title"].to_list() == ["files"] * 6
    assert columns[1]["sound"].name == "sound"
    assert notes == [
        "a: the paths in `photo` now begin with `photos/`.",
        "b: the paths in `sound` now begin with `sounds/`.",
    ]


def test_a_folder_within_the_other_is_enough(folders) -> None:
    outer, inner = folders[0].parent, folders[1]
    mine = {"a": pl.Series("a", ["sounds/files/1.bin"])}
    theirs = {"b": pl.Series("b", ["files/1.bin"])}
    folder, columns, _ = settle_paths(["a", "b"], [outer, inner], [mine, theirs])
    assert folder == outer.resolve()
    assert columns[0]["a"].to_list() == columns[1]["b"].to_list()


def test_the_folder_of_the_only_table_with_paths_stays(folders) -> None:
    numbers = {"x": pl.Series([1]), "text": pl.Series(["1.bin"]), "v": np.eye(1)}
    paths = {"sound": pl.Series(["files/1.bin"])}
    folder, columns, notes = settle_paths(["a", "b"], folders, [numbers, paths])
    assert (folder, notes) == (folders[1].resolve(), [])
    assert columns == [numbers, paths]


def test_one_folder_stays_as_it_was_given() -> None:
    given = [None, Path("data"), Path("data/../data")]
    folder, _, _ = settle_paths(["a", "b", "c"], given, [{}, {}, {}])
    assert folder == Path("data")
    assert settle_paths(["a", "b"], [None, None], [{}, {}])[0] is None


def test_folders_with_nothing_in_common_are_refused(folders, monkeypatch) -> None:
    paths = {"p": pl.Series(["files/1.bin"])}
    elsewhere = Path("/elsewhere")
    whole = Path.is_file
    monkeypatch.setattr(
        Path, "is_file", lambda p: p.is_relative_to(elsewhere) or whole(p)
    )
    with pytest.raises(DataError, match=r"nothing in common.*below one folder"):
        settle_paths(["a", "b"], [folders[0], elsewhere], [paths, paths])


def test_paths_that_begin_anew_are_read_by_the_feature(folders) -> None:
    for folder in folders:
        np.save(folder / "files" / "1.npy", np.arange(3.0))
    mine = {"a": pl.Series("a", ["files/1.npy", "files/1.npy"])}
    theirs = {"b": pl.Series("b", ["files/1.npy", "../photos/files/1.npy"])}
    folder, columns, _ = settle_paths(["a", "b"], folders, [mine, theirs])
    reading = Reading(folder)
    assert Signal().fit(columns[0], reading).encode(columns[0], reading).present.all()
    found = Signal().fit(columns[1], reading).encode(columns[1], reading)
    assert found.present.tolist() == [True, False]
    assert "`..`" in found.errors[1] or ".." in found.errors[1]
