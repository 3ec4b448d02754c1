import io

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.base import Reading
from sensorium.features.steps import (
    StepCounts,
    Steps,
    read_groups,
    read_steps,
    side_by_side,
)


def read(column, channels=1, folder=None) -> Steps:
    return read_steps(column, "acc", Reading(folder), channels)


def rows_of(found: Steps) -> list[list]:
    ends = np.cumsum(found.counts)
    parts = np.split(found.values, ends[:-1])
    return [part.tolist() for part in parts]


def npy(array: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


ONE = [[[1.0], [2.0]], [], [[3.0]]]
TWO = [[[1.0, 2.0], [3.0, 4.0]], [], [[5.0, 6.0]]]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([[1, 2], None, [3]]),
        pl.Series([[1.0, 2.0], [], [3.0]]),
        pl.Series([[[1], [2]], None, [[3]]]),
        pl.Series([np.array([1, 2]), None, [3]], dtype=pl.Object),
        pl.Series([np.array([[1], [2]]), None, np.array([3.0])], dtype=pl.Object),
    ],
)
def test_one_channel_is_read(column) -> None:
    found = read(column)
    assert rows_of(found) == ONE
    assert found.values.dtype == np.float64
    assert dict(found.errors) == {}


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([[[1, 2], [3, 4]], None, [[5, 6]]]),
        pl.Series([[[1, 2], [3, 4]], [], [[5, 6]]]),
        pl.Series([np.array([[1, 2], [3, 4]]), None, [[5, 6]]], dtype=pl.Object),
    ],
)
def test_several_channels_are_read(column) -> None:
    assert rows_of(read(column, 2)) == TWO


def test_arrays_are_read_at_once() -> None:
    array = np.arange(12, dtype=np.float16).reshape(2, 3, 2)
    assert rows_of(read(array, 2)) == array.tolist()
    assert rows_of(read(array[..., 0])) == array[..., :1].tolist()
    fixed = pl.Series(array.tolist(), dtype=pl.Array(pl.Float32, (3, 2)))
    assert rows_of(read(fixed, 2)) == array.tolist()
    flat = pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2))
    assert rows_of(read(flat)) == [[[1.0], [2.0]], [[3.0], [4.0]]]


def test_missing_numbers_are_nan() -> None:
    found = read(pl.Series([[1.0, None, float("nan")], [True, False]], strict=False))
    assert np.isnan(found.values[:3, 0]).tolist() == [False, True, True]
    object_ = pl.Series([[1.0, None]], dtype=pl.Object)
    assert np.isnan(read(object_).values[:, 0]).tolist() == [False, True]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(3, 2),
        np.arange(6, dtype=np.int16).reshape(3, 2),
        np.arange(6, dtype=">f4").reshape(3, 2),
        np.asfortranarray(np.arange(6, dtype=np.float16).reshape(3, 2)),
    ],
)
def test_files_are_read(tmp_path, array) -> None:
    (tmp_path / "1.npy").write_bytes(npy(array))
    found = read(pl.Series(["1.npy", None, ""]), 2, tmp_path)
    assert rows_of(found) == [array.tolist(), [], []]
    assert dict(found.errors) == {}


HEADER = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }\n"
HUGE = b"\x93NUMPY\x01\x00" + len(HEADER).to_bytes(2, "little") + HEADER
FILES = {
    "a text": (b"hello", "expected a .npy file of numbers. Received: b'hello'"),
    "nothing": (b"", "expected a .npy file of numbers"),
    "an archive": (b"PK\x03\x04" + bytes(40), "expected a .npy file of numbers"),
    "objects": (
        npy(np.array([{}], dtype=object), allow_pickle=True),
        "Received: 'values of type object'",
    ),
    "texts": (npy(np.array(["a"])), "Received: 'values of type <U1'"),
    "complex": (npy(np.array([1j])), "values of type complex128"),
    "records": (npy(np.zeros(1, [("a", "f8")])), "values of type"),
    "a cut file": (npy(np.zeros(9))[:-1], "the .npy file is cut off"),
    "a cut header": (npy(np.zeros(9))[:30], "expected a .npy file of numbers"),
    "a huge shape": (HUGE, "the .npy file is cut off"),
    "a newer version": (b"\x93NUMPY\x09\x00" + bytes(80), "expected a .npy file"),
    "one number": (npy(np.float64(3)), "Received: 'shape ()'"),
    "three axes": (npy(np.zeros((2, 2, 2))), "Received: 'shape (2, 2, 2)'"),
}


@pytest.mark.parametrize("name", FILES)
def test_other_files_are_errors(tmp_path, name) -> None:
    data, message = FILES[name]
    (tmp_path / "good.npy").write_bytes(npy(np.zeros(2)))
    (tmp_path / "bad.npy").write_bytes(data)
    found = read(pl.Series(["good.npy", "bad.npy", "good.npy"]), 1, tmp_path)
    assert list(found.errors) == [1]
    assert found.errors[1].startswith("column `acc`: ")
    assert message in found.errors[1]
    assert found.counts.tolist() == [2, 0, 2]


def test_paths_obey_the_rules_of_paths(tmp_path) -> None:
    cells = ["../1.npy", "/etc/hostname", "http://127.0.0.1/1.npy", "lost.npy"]
    found = read(pl.Series(cells), 1, tmp_path)
    assert list(found.errors) == [0, 1, 2, 3]
    assert "Give the folder" in read(pl.Series(["1.npy"])).errors[0]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ([[1, 2], [3]], "expected numbers in steps of equal length"),
        (["a", "b"], "expected numbers in steps of equal length"),
        ([[[1]]], "expected a series of shape (time) or (time, channels)"),
        (7.0, "expected a series of shape"),
        (b"bytes", "expected numbers in steps"),
    ],
)
def test_cells_that_are_no_series_are_errors(cell, message) -> None:
    found = read(pl.Series([[1.0], cell, [2.0]], dtype=pl.Object))
    assert list(found.errors) == [1]
    assert message in found.errors[1]
    assert rows_of(found) == [[[1.0]], [], [[2.0]]]


def test_another_number_of_channels_is_an_error() -> None:
    expected = "column `acc`: expected 2 channels, as in training. Received: 1."
    assert dict(read(pl.Series([[1, 2], None]), 2).errors) == {0: expected}
    mixed = pl.Series([[[1, 2]], [[1]], None])
    assert dict(read(mixed, 2).errors) == {1: expected}
    assert set(read(np.zeros((2, 3, 2)), 1).errors) == {0, 1}


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), 1e39])
def test_infinite_numbers_are_errors(value) -> None:
    found = read(pl.Series([[1.0], [2.0, value, value], [3.0]]))
    assert list(found.errors) == [1]
    assert "expected finite numbers up to 1e38" in found.errors[1]
    assert rows_of(found) == [[[1.0]], [], [[3.0]]]


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (pl.Series([1.0]), "This is a column of type Float64"),
        (pl.Series([b"x"]), "This is a column of type Binary"),
        (np.zeros(3), "an array of 1 axes"),
        (np.zeros((1, 1, 1, 1)), "an array of 4 axes"),
    ],
)
def test_other_columns_are_refused(column, shown) -> None:
    with pytest.raises(DataError, match=shown):
        read(column)


def test_columns_stand_side_by_side() -> None:
    x = read(pl.Series([[1, 2], None, [3], [5, 6], None]))
    y = read(pl.Series([[7, 8], [9], None, [1], None]))
    found = side_by_side([x, y], ["x", "y"])
    assert found.counts.tolist() == [2, 1, 1, 0, 0]
    np.testing.assert_array_equal(
        found.values, [[1, 7], [2, 8], [np.nan, 9], [3, np.nan]]
    )
    assert dict(found.errors) == {
        3: "column `y`: expected 2 steps, as in the other columns. Received: 1."
    }


def test_an_error_in_one_column_is_one_of_the_row() -> None:
    x = read(pl.Series([[1.0], [float("inf")]]))
    y = read(pl.Series([[1.0], [2.0]]))
    found = side_by_side([x, y], ["x", "y"])
    assert list(found.errors) == [1]
    assert found.counts.tolist() == [1, 0]


def test_groups_hold_all_rows_by_their_channels() -> None:
    cells = [[[1, 2]], [[3]], None, [["x"]], [[4]], [[1, 2], [3, 4]]]
    column = pl.Series(cells, dtype=pl.Object)
    groups = read_groups(column, "acc", Reading())
    assert [group.values.shape for group in groups] == [(2, 1), (3, 2)]
    assert [list(group.errors) for group in groups] == [[3], []]
    assert read_groups(pl.Series([None, None]), "acc", Reading())[0].counts.sum() == 0


def test_counts_add_up() -> None:
    one = StepCounts.of(read(pl.Series([[1.0, 2.0], None])))
    two = StepCounts.of(read(np.zeros((3, 4, 2)), 2))
    both = one.merge(two).merge(StepCounts({}, {}, {}, 7))
    assert dict(both.rows) == {1: 1, 2: 3}
    assert dict(both.longest) == {1: 2, 2: 4}
    assert both.moments[1].mean.tolist() == [1.5]
    assert both.unreadable == 7
    assert both.channels == 2
    assert one.channels == 1
    assert StepCounts({2: 3, 1: 3}, {}, {}, 0).channels == 1
