"""An artifact file, opened once and read by position.

The file is opened a single time and looked at through that opening, so nobody
can exchange it between a check and its use. A link, a folder, a pipe or a device
is refused, and no byte is read before that is known.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensorium.errors import ArtifactError, near
from sensorium.run.files import PathLike
from sensorium.run.refusal import refused

MAX_SIZE = 8 * 2**30
_STEP = 16 * 2**20


class Source:
    """An open file of known size.

    Args:
        file: The file, opened for reading without a buffer.
        where: Its name, for messages.
        size: Its length in bytes.
    """

    def __init__(self, file: FileIO, where: str, size: int) -> None:
        self._file = file
        self.where = where
        self.size = size

    def read(self, start: int, length: int) -> bytes:
        """Reads a few bytes.

        Args:
            start: First byte, from the start of the file.
            length: Number of bytes.

        Raises:
            ArtifactError: `size`, if the file has become shorter.
        """
        return self.read_array(start, length).tobytes()

    def read_array(self, start: int, length: int) -> NDArray[np.uint8]:
        """Reads bytes into an array that cannot be written to.

        Args:
            start: First byte, from the start of the file.
            length: Number of bytes, at most the size of the file.

        Raises:
            ArtifactError: `size`, if the file has become shorter; `missing`, if the
                system cannot read it.
        """
        content = np.empty(length, dtype=np.uint8)
        try:
            self._file.seek(start)
            self._fill(content.data)
        except ArtifactError:
            raise
        except OSError as error:
            raise _unreadable(self.where, error) from error
        content.flags.writeable = False
        return content

    def _fill(self, rest: memoryview) -> None:
        """Reads until the buffer is full; a system call may bring less."""
        while rest:
            count = self._file.readinto(rest[:_STEP])
            if not count:
                raise refused("size", self.where, "the file ends too early")
            rest = rest[count:]


@contextmanager
def open_source(path: PathLike, max_size: int = MAX_SIZE) -> Iterator[Source]:
    """Opens a regular file for reading, once.

    Args:
        path: The file. A link is refused, as its target may change.
        max_size: Largest size accepted, in bytes.

    Raises:
        ArtifactError: `missing` if the file is not there or cannot be read,
            `not_a_file` for a link, folder, pipe or device, `size` if too large.
    """
    where = str(path)
    descriptor = _open(Path(path), where)
    try:
        size = _regular_size(descriptor, where)
        if size > max_size:
            fix = "Raise `max_size` if you trust it."
            expected = f"expected at most {max_size:,} bytes"
            raise refused("size", where, expected, size, fix)
        with FileIO(descriptor, "rb", closefd=False) as file:
            yield Source(file, where, size)
    finally:
        os.close(descriptor)


def _open(path: Path, where: str) -> int:
    """Opens without following a link and without waiting for a pipe's writer."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        # Where the system has no O_NOFOLLOW, this look is the only guard.
        if stat.S_ISLNK(path.lstat().st_mode):
            raise _not_a_file(where)
        return os.open(path, flags)
    except ArtifactError:
        raise
    except FileNotFoundError as error:
        hint = _hint(path)
        raise refused("missing", where, "there is no such file", fix=hint) from error
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise _not_a_file(where) from error
        raise _unreadable(where, error) from error
    except ValueError as error:  # a NUL byte in the path
        raise refused("missing", where, f"not a file's name ({error})") from error


def _regular_size(descriptor: int, where: str) -> int:
    """Gives the length of an opened file, refusing all but plain files."""
    try:
        state = os.fstat(descriptor)
    except OSError as error:
        raise _unreadable(where, error) from error
    if not stat.S_ISREG(state.st_mode):
        raise _not_a_file(where)
    return state.st_size


def _hint(path: Path) -> str:
    """Names the file in that folder whose name is nearest."""
    with suppress(OSError):
        return near(path.name, [entry.name for entry in path.parent.iterdir()])
    return ""


def _not_a_file(where: str) -> ArtifactError:
    """The error for a link, folder, pipe or device."""
    expected = "expected a plain file, not a link, folder, pipe or device"
    return refused("not_a_file", where, expected)


def _unreadable(where: str, error: OSError) -> ArtifactError:
    """The error for a file that the system does not give to us."""
    return refused("missing", where, f"the file cannot be read ({error.strerror})")
