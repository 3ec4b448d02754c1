"""NumPy archives."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import polars as pl
import pytest

from sensorium.data import archive, read
from sensorium.errors import DataError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.npz"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_vectors_become_series_and_the_rest_stays(path, save) -> None:
    image = np.arange(24, dtype=np.uint8).reshape(3, 2, 4)
    save(path, image=image, name=np.array(["a", "b", "c"]), n=np.arange(3, dtype=">i2"))
    head = read(path).head()
    assert head["name"].to_list() == ["a", "b", "c"]
    assert head["n"].to_list() == [0, 1, 2]
    assert head["n"].dtype == pl.Int16
    np.testing.assert_array_equal(head["image"], image)


def test_arrays_in_fortran_order_are_read(path) -> None:
    array = np.asfortranarray(np.arange(12).reshape(3, 4))
    np.savez(path, x=array)
    np.testing.assert_array_equal(read(path).head()["x"], array)


@pytest.mark.parametrize("order", ["C", "F"])
def test_large_stored_arrays_are_mapped(path, monkeypatch, order) -> None:
    array = np.asarray(np.arange(12.0).reshape(3, 4), order=order)
    np.savez(path, x=array, y=np.arange(3))
    monkeypatch.setattr(archive, "KEPT_BYTES", 0)
    table = read(path)
    found = table.head()["x"]
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, array)
    assert table.head()["y"].to_list() == [0, 1, 2]
    assert table.take(np.array([2])).head()["x"].tolist() == [[8.0, 9.0, 10.0, 11.0]]


class Planted:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was read",))


def test_pickles_are_refused_unread(path) -> None:
    np.savez(path, x=np.array([Planted()], object), allow_pickle=True)
    with pytest.raises(DataError, match="array `x`: holds objects"):
        read(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros(2), "y": np.zeros(3)}, "same number of rows.*`x` 2, `y` 3"),
        ({"x": np.array(1)}, "array `x`: must have one value a row"),
        ({"x": np.array([1j])}, "column `x`: cannot be used"),
    ],
)
def test_other_arrays_are_refused(path, arrays, message) -> None:
    np.savez(path, **arrays)
    with pytest.raises(DataError, match=message):
        read(path)


def test_a_size_that_is_not_there_is_refused_at_once(path) -> None:
    member = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 10)}
    np.lib.format.write_array_header_1_0(member, header)
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("x.npy", member.getvalue())
    with pytest.raises(DataError, match="has the wrong size"):
        read(path)


def test_damage_is_refused(path) -> None:
    np.savez(path, x=np.arange(100))
    content = bytearray(path.read_bytes())
    content[200] ^= 1  # inside the values: the archive's own checksum finds it
    path.write_bytes(content)
    with pytest.raises(DataError, match="Bad CRC-32"):
        read(path)
    path.write_bytes(b"no archive")
    with pytest.raises(DataError, match="not a zip file"):
        read(path)


def test_a_locked_archive_is_refused(path) -> None:
    np.savez(path, x=np.arange(3))
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the bit that says "encrypted", here and in the directory
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="encrypted"):
        read(path)


def test_other_members_are_refused(path) -> None:
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("x.txt", "hello")
    with pytest.raises(DataError, match="is not one array"):
        read(path)
