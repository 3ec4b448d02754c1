"""Stores: whole or not there, never in between."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from sensorium.data import ArrayStore, ArrayWriter, cache_key, store
from sensorium.errors import DataError

CHUNKS = [
    {
        "facts": np.arange(6, dtype=np.float32).reshape(2, 3) + start,
        "facts/present": np.array([True, False]),
        "half": np.zeros((2, 0), np.float16),
    }
    for start in range(3)
]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "store"


def written(folder, metadata=None) -> ArrayStore:
    with ArrayWriter(folder, metadata) as writer:
        for chunk in CHUNKS:
            writer.append(chunk)
    return ArrayStore.open(folder)


def test_arrays_come_back_as_they_were(folder) -> None:
    found = written(folder, {"rows": "all", "n": 3})
    assert list(found) == ["facts", "facts/present", "half"]
    assert found.metadata == {"rows": "all", "n": 3}
    assert found.num_rows == 6
    for name, array in found.items():
        expected = np.concatenate([chunk[name] for chunk in CHUNKS])
        np.testing.assert_array_equal(array, expected)
        assert array.dtype == expected.dtype


def test_arrays_are_read_only(folder) -> None:
    for array in written(folder).values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("mapped", [0, 10, 2**20])
def test_take_copies_rows_from_maps_and_from_files(folder, monkeypatch, mapped) -> None:
    monkeypatch.setattr(store, "MAPPED_BYTES", mapped)
    found = written(folder)
    rows = np.array([5, 0, 5])
    for _ in range(2):
        for name, taken in found.take(rows).items():
            np.testing.assert_array_equal(taken, found[name][rows])
            assert taken.dtype == found[name].dtype
            assert taken.flags.writeable
        found.release()
    assert found.take(rows[:0])["facts"].shape == (0, 3)
    for wrong in ([6], [-1]):
        with pytest.raises(DataError, match="rows must be from 0 to 5"):
            found.take(np.array(wrong))


def test_rows_of_a_file_cut_off_meanwhile_are_refused(folder, monkeypatch) -> None:
    monkeypatch.setattr(store, "MAPPED_BYTES", 0)
    found = written(folder)
    os.truncate(folder / "0.bin", 20)
    with pytest.raises(DataError, match="cannot be read"):
        found.take(np.array([5]))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_taking_rows_of_a_large_store_needs_little_memory(folder) -> None:
    code = (
        "import numpy as np\n"
        "from sensorium.data import ArrayStore, ArrayWriter, store\n"
        "store.MAPPED_BYTES = 2**20\n"
        f"with ArrayWriter({str(folder)!r}) as writer:\n"
        "    for _ in range(100):\n"
        "        writer.append({'x': np.zeros((4096, 256), np.float32)})\n"
        f"found = ArrayStore.open({str(folder)!r})\n"
        "def resident():\n"
        "    return int(open('/proc/self/statm').read().split()[1]) * 4096 // 2**20\n"
        "before = resident()\n"
        "for seed in range(50):\n"
        "    rows = np.random.default_rng(seed).integers(0, found.num_rows, 256)\n"
        "    found.take(rows)\n"
        "print(resident() - before)"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50  # of 400 MiB


def test_nothing_is_there_before_the_end(folder) -> None:
    writer = ArrayWriter(folder)
    writer.append(CHUNKS[0])
    assert not ArrayStore.exists(folder)
    with pytest.raises(DataError, match="there is no finished store"):
        ArrayStore.open(folder)
    writer.finish()
    assert ArrayStore.exists(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["store"]


def test_after_an_error_nothing_is_left(folder) -> None:
    with pytest.raises(KeyError), ArrayWriter(folder) as writer:
        writer.append(CHUNKS[0])
        raise KeyError("stop")
    assert list(folder.parent.iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_full_disk_leaves_nothing_and_says_so(folder, monkeypatch, call) -> None:
    def full(*_):
        raise OSError(28, "No space left on device")

    target = store.os if call == "fsync" else store.Path
    monkeypatch.setattr(target, call, full)
    with pytest.raises(DataError, match=r"No space left.*Is the disk full"):
        written(folder)
    monkeypatch.undo()
    assert list(folder.parent.iterdir()) == []


def test_a_killed_writer_leaves_no_store(folder) -> None:
    code = (
        "import os, sys, numpy as np; from sensorium.data import ArrayWriter\n"
        f"writer = ArrayWriter({str(folder)!r})\n"
        "writer.append({'x': np.zeros(1000)})\n"
        "os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert not ArrayStore.exists(folder)
    assert written(folder).num_rows == 6


def test_two_processes_with_one_store_do_not_spoil_it(folder) -> None:
    code = (
        "import sys, numpy as np; from sensorium.data import ArrayWriter\n"
        f"writer = ArrayWriter({str(folder)!r})\n"
        "sys.stdin.readline()\n"
        "for _ in range(50):\n"
        "    writer.append({'x': np.full((1000, 3), 7.0)})\n"
        "print(writer.finish().num_rows)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0].strip() for process in processes] == ["50000"] * 2
    assert (ArrayStore.open(folder)["x"] == 7.0).all()
    assert [path.name for path in folder.parent.iterdir()] == ["store"]


@pytest.mark.parametrize(
    "chunk",
    [
        {"x": np.zeros(2, np.float64)},
        {"x": np.zeros((2, 3), np.float32)},
        {"y": np.zeros(2, np.float32)},
        {},
    ],
)
def test_chunks_unlike_the_first_are_refused(folder, chunk) -> None:
    writer = ArrayWriter(folder)
    writer.append({"x": np.zeros(2, np.float32)})
    with pytest.raises(DataError, match="every chunk must be like the first"):
        writer.append(chunk)
    writer.abandon()


@pytest.mark.parametrize(
    "array", [np.array(["a"]), np.array([None]), np.array(1.0), np.array([1j])]
)
def test_only_numbers_and_booleans_are_stored(folder, array) -> None:
    with pytest.raises(DataError, match="numbers or booleans"):
        ArrayWriter(folder).append({"x": array})


def test_a_store_of_nothing_is_refused(folder) -> None:
    with pytest.raises(DataError, match="nothing was appended"):
        ArrayWriter(folder).finish()


@pytest.mark.parametrize("damage", ["cut", "gone", "json", "format"])
def test_a_damaged_store_is_refused(folder, damage) -> None:
    written(folder)
    if damage == "cut":
        (folder / "0.bin").write_bytes(b"123")
    elif damage == "gone":
        (folder / "1.bin").unlink()
    elif damage == "json":
        (folder / "store.json").write_text("{")
    else:
        (folder / "store.json").write_text('{"format": 99}')
    with pytest.raises(DataError, match="Delete the folder"):
        ArrayStore.open(folder)


def test_a_cache_key_follows_the_content_not_the_order_of_keys() -> None:
    parts = {"a": [1, "x", None], "b": {"c": 0.5}}
    assert cache_key(parts) == cache_key({"b": {"c": 0.5}, "a": [1, "x", None]})
    others = [{**parts, "a": [1.0, "x", None]}, {**parts, "a": [True, "x", None]}, []]
    assert len({cache_key(other) for other in [parts, *others]}) == 4


@pytest.mark.parametrize("parts", [{"a": float("nan")}, {"a": {1, 2}}, object()])
def test_what_is_not_json_has_no_key(parts) -> None:
    with pytest.raises(DataError, match="must be JSON"):
        cache_key(parts)
