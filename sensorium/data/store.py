"""Arrays on disk: appended chunk by chunk, finished at once, mapped read-only.

A store is a folder with one raw file an array and `store.json`. It is written beside
its place under another name and renamed when complete, so a folder of the right name
is always a whole one. If two processes write the same store, the first wins and
the second throws its copy away.
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import os
import shutil
import uuid
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from sensorium.data.files import refusing
from sensorium.data.source import Array
from sensorium.errors import DataError, sentence

FORMAT = 1
MAPPED_BYTES = 256 * 2**20
"""Bytes of a store, the smallest arrays first, that `take` reads through maps.

Larger arrays are read row by row: Linux maps a megabyte or more around each row
that is touched, so a map of them would fill the memory in a few batches.
"""


def cache_key(parts: Any) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys.

    Args:
        parts: Dicts, lists, text, numbers, booleans and `None`.

    Raises:
        DataError: Something in it is not JSON; NaN is not.
    """
    try:
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        message = sentence("cache key", f"must be JSON ({error})", parts)
        raise DataError(message) from None
    return hashlib.sha256(text.encode()).hexdigest()


class ArrayWriter:
    """Writes a store; as a context manager it finishes on the way out.

    After an error in the `with` block nothing is left on disk.

    Args:
        folder: Where the store will be; its parent is made if needed.
        metadata: A JSON value to keep with the arrays.
    """

    def __init__(self, folder: str | Path, metadata: Any = None) -> None:
        self.folder = Path(folder)
        self.metadata = metadata
        self._num_rows = 0
        self._files: dict[str, IO[bytes]] = {}
        self._kinds: dict[str, tuple[np.dtype[Any], tuple[int, ...]]] = {}
        name = f".{self.folder.name}.{uuid.uuid4().hex}.partial"
        self._partial = self.folder.parent / name
        with refusing(str(self.folder)):
            self._partial.mkdir(parents=True)

    def append(self, arrays: Mapping[str, Array]) -> None:
        """Adds rows.

        Args:
            arrays: Arrays of numbers or booleans by name, equally long; names,
                types and shapes (but for the rows) as in the first call.

        Raises:
            DataError: They differ from the first call, or the disk is full.
        """
        if not self._kinds:
            self._begin(arrays)
        found = {name: (a.dtype, a.shape[1:]) for name, a in arrays.items()}
        lengths = {len(array) for array in arrays.values()}
        if found != self._kinds or len(lengths) != 1:
            expected = f"every chunk must be like the first, {_shown(self._kinds)}"
            raise DataError(sentence(str(self.folder), expected, _shown(found)))
        with refusing(str(self.folder), "Is the disk full?"):
            for name, array in arrays.items():
                self._files[name].write(np.ascontiguousarray(array).data)
        self._num_rows += lengths.pop()

    def _begin(self, arrays: Mapping[str, Array]) -> None:
        for number, (name, array) in enumerate(arrays.items()):
            if array.dtype.kind not in "biuf" or array.ndim < 1:
                expected = "a store holds arrays of numbers or booleans"
                received = f"{array.dtype} of shape {array.shape}"
                raise DataError(sentence(f"array `{name}`", expected, received))
            self._kinds[name] = (array.dtype, array.shape[1:])
            with refusing(str(self.folder)):
                self._files[name] = (self._partial / f"{number}.bin").open("xb")

    def finish(self) -> ArrayStore:
        """Makes the store visible under its name, whole, and opens it.

        Raises:
            DataError: Nothing was appended, or the disk is full.
        """
        if not self._kinds:
            raise DataError(sentence(str(self.folder), "nothing was appended"))
        with refusing(str(self.folder), "Is the disk full?"):
            for file in self._files.values():
                _sync_and_close(file)
            description = json.dumps(self._description(), allow_nan=False)
            last = (self._partial / "store.json").open("xb")
            last.write(description.encode())
            _sync_and_close(last)
            _sync_folder(self._partial)
            self._rename()
        return ArrayStore.open(self.folder)

    def _rename(self) -> None:
        try:
            self._partial.rename(self.folder)
        except OSError:
            if not (self.folder / "store.json").is_file():
                raise
            self.abandon()  # another process was first; the content is the same
            return
        _sync_folder(self.folder.parent)

    def _description(self) -> dict[str, Any]:
        arrays = [
            {"name": name, "dtype": dtype.str, "shape": [self._num_rows, *shape]}
            for name, (dtype, shape) in self._kinds.items()
        ]
        return {"format": FORMAT, "arrays": arrays, "metadata": self.metadata}

    def abandon(self) -> None:
        """Throws away what was written."""
        for file in self._files.values():
            file.close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def __enter__(self) -> ArrayWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.abandon()
            return
        try:
            self.finish()
        except DataError:
            self.abandon()
            raise


class ArrayStore(Mapping[str, Array]):
    """Read-only arrays mapped from a folder, by name.

    Use `open`. `take` needs little memory for arrays of any size. The mapped arrays
    themselves, gone through as a whole, stay in memory until `release` or until the
    system wants the memory back.

    Args:
        folder: The folder.
        arrays: The mapped arrays.
        maps: The maps under them.
        metadata: The JSON value kept with them.
    """

    def __init__(
        self,
        folder: Path,
        arrays: Mapping[str, Array],
        maps: Mapping[str, mmap.mmap],
        metadata: Any,
    ) -> None:
        self.folder = folder
        self.metadata = metadata
        self._arrays = dict(arrays)
        self._maps = dict(maps)
        self._files = self._opened()

    def _opened(self) -> dict[str, int]:
        """Opens the files of the arrays that are too large to touch through maps."""
        files: dict[str, int] = {}
        total = 0
        by_size = sorted(self._arrays.items(), key=lambda entry: entry[1].nbytes)
        for name, array in by_size:
            total += array.nbytes
            if total > MAPPED_BYTES and hasattr(os, "pread"):  # Windows has none
                path = self.folder / f"{list(self._arrays).index(name)}.bin"
                files[name] = os.open(path, os.O_RDONLY)
                weakref.finalize(self, os.close, files[name])
        return files

    @classmethod
    def open(cls, folder: str | Path) -> ArrayStore:
        """Opens a finished store.

        Args:
            folder: Where it is.

        Raises:
            DataError: There is no finished store, or it is not whole.
        """
        path = Path(folder)
        if not cls.exists(path):
            raise DataError(sentence(str(path), "there is no finished store"))
        arrays: dict[str, Array] = {}
        maps: dict[str, mmap.mmap] = {}
        with refusing(str(path), "Delete the folder; it is written again."):
            text = (path / "store.json").read_text(encoding="utf-8")
            description = json.loads(text)
            if description.get("format") != FORMAT:
                raise ValueError(f"format {description.get('format')}")
            for number, entry in enumerate(description["arrays"]):
                name = entry["name"]
                arrays[name] = _mapped(path / f"{number}.bin", entry, maps)
        return cls(path, arrays, maps, description["metadata"])

    @staticmethod
    def exists(folder: str | Path) -> bool:
        """Whether a finished store is there; half-written ones have other names."""
        return (Path(folder) / "store.json").is_file()

    @property
    def num_rows(self) -> int:
        """Rows of every array."""
        return max((len(array) for array in self._arrays.values()), default=0)

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def take(self, rows: Array, names: Sequence[str] | None = None) -> dict[str, Array]:
        """Copies rows of arrays; memory stays flat however many are taken.

        Args:
            rows: Positions, from 0.
            names: The arrays; `None` for all.

        Raises:
            DataError: A position is not a row, or the files are no longer whole.
        """
        if len(rows) and (rows.min() < 0 or rows.max() >= self.num_rows):
            expected = f"rows must be from 0 to {self.num_rows - 1}"
            received = f"{rows.min()} to {rows.max()}"
            raise DataError(sentence(str(self.folder), expected, received))
        wanted = self._arrays if names is None else names
        return {name: self._taken(name, rows) for name in wanted}

    def _taken(self, name: str, rows: Array) -> Array:
        array = self._arrays[name]
        if name not in self._files:
            return np.take(array, rows, axis=0)
        size = array[:1].nbytes
        file = self._files[name]
        offsets = (rows.astype(np.int64) * size).tolist()
        with refusing(str(self.folder)):
            parts = [os.pread(file, size, offset) for offset in offsets]
            flat = np.frombuffer(bytearray().join(parts), array.dtype)
            return flat.reshape(len(rows), *array.shape[1:])

    def release(self) -> None:
        """Gives the pages that were read back to the system; they can be read again."""
        advice = getattr(mmap, "MADV_DONTNEED", None)
        if advice is not None:
            for mapped in self._maps.values():
                mapped.madvise(advice)


def take(arrays: Mapping[str, Array], rows: Array) -> dict[str, Array]:
    """Copies rows of several arrays.

    Args:
        arrays: Arrays by name, first axis = rows.
        rows: Positions, from 0.
    """
    return {name: np.take(array, rows, axis=0) for name, array in arrays.items()}


def _mapped(path: Path, entry: dict[str, Any], maps: dict[str, mmap.mmap]) -> Array:
    dtype = np.dtype(entry["dtype"])
    shape = tuple(int(size) for size in entry["shape"])
    size = math.prod(shape) * dtype.itemsize
    if dtype.hasobject or path.stat().st_size != size:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, not {size}")
    if not size:
        empty = np.zeros(shape, dtype)
        empty.flags.writeable = False
        return empty
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    maps[entry["name"]] = mapped
    return np.frombuffer(mapped, dtype).reshape(shape)


def _shown(kinds: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]) -> str:
    return ", ".join(f"`{n}` {dtype} {shape}" for n, (dtype, shape) in kinds.items())


def _sync_and_close(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
