"""Writing files so that a reader sees the old content or the new, nothing between.

The new content goes to a temporary file in the same folder, is forced to the
disk, and takes the place of the old one in a single step; then the folder is
forced to the disk too. If anything fails before that step, the old file is
untouched and the temporary one is removed.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from sensorium.errors import RunError, SensoriumError, sentence
from sensorium.run import strict_json
from sensorium.run.strict_json import JSON

PathLike: TypeAlias = str | os.PathLike[str]
Piece: TypeAlias = bytes | memoryview

_STEP = 16 * 2**20
_CANNOT_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.ENOSYS}


class Disk:
    """The few calls through which bytes reach the disk; tests put faults here."""

    def create(self, path: Path) -> int:
        """Opens a new file for writing; fails if it exists."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        return os.open(path, flags, 0o666)

    def write(self, descriptor: int, data: memoryview) -> int:
        """Writes some of the data and says how much."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Forces a file's content to the disk."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Closes a file."""
        os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Puts one file in the place of another, in a single step."""
        source.replace(target)

    def sync_folder(self, folder: Path) -> None:
        """Forces a folder's list of names to the disk, where the system can."""
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except OSError as error:
            if error.errno in _CANNOT_SYNC:
                return
            raise
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in _CANNOT_SYNC:
                raise
        finally:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        """Removes a file if it is there."""
        path.unlink(missing_ok=True)


disk = Disk()


def write_pieces(path: PathLike, pieces: Iterable[Piece]) -> None:
    """Writes a file from pieces, atomically and forced to the disk.

    Args:
        path: The file to write or replace. Its folder must exist.
        pieces: Its content, in order.

    Raises:
        RunError: If the system refuses (disk full, no permission, no folder). The
            old file is then untouched, with one exception that the message names:
            the folder could not be forced to the disk after the step.
    """
    target = Path(path)
    with _explained(target, "The file on disk is as it was before."):
        _write_beside(target, pieces)
    with _explained(target, "It is whole, but may not survive a power failure."):
        disk.sync_folder(target.parent)


def write_bytes(path: PathLike, data: bytes) -> None:
    """Writes bytes to a file, atomically; see `write_pieces`.

    Args:
        path: The file to write or replace.
        data: Its content.

    Raises:
        RunError: If the system refuses.
    """
    write_pieces(path, [data])


def write_text(path: PathLike, text: str) -> None:
    """Writes text to a file as UTF-8, atomically; line ends stay as they are.

    Args:
        path: The file to write or replace.
        text: Its content.

    Raises:
        RunError: If the system refuses, or the text is not valid Unicode.
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RunError(
            sentence(str(path), f"expected Unicode text ({error})")
        ) from error
    write_pieces(path, [data])


def write_json(path: PathLike, value: JSON) -> None:
    """Writes a value as canonical JSON and a line end, atomically.

    Args:
        path: The file to write or replace.
        value: What to store; see `strict_json.encode`. Keys are sorted.

    Raises:
        ArtifactError: `json`, if JSON cannot hold the value.
        RunError: If the system refuses.
    """
    write_pieces(path, [strict_json.encode(value, str(path)), b"\n"])


def leftovers(folder: PathLike, process: int) -> Iterator[Path]:
    """Finds temporary files that a killed process left in a folder.

    Args:
        folder: Where to look.
        process: Number of the process that was killed.
    """
    return Path(folder).glob(f".sensorium-{process}-*.tmp")


def _write_beside(target: Path, pieces: Iterable[Piece]) -> None:
    """Writes a temporary file and puts it in place, or leaves nothing behind."""
    name = f".sensorium-{os.getpid()}-{secrets.token_hex(6)}.tmp"
    temporary = target.parent / name
    descriptor = disk.create(temporary)
    try:
        try:
            _write_all(descriptor, pieces)
            disk.sync(descriptor)
        finally:
            disk.close(descriptor)
        disk.replace(temporary, target)
    except BaseException:  # also when interrupted from the keyboard
        with suppress(OSError):
            disk.remove(temporary)
        raise


def _write_all(descriptor: int, pieces: Iterable[Piece]) -> None:
    """Writes every byte; a system call may take fewer than it was given."""
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            rest = rest[disk.write(descriptor, rest[:_STEP]) :]


@contextmanager
def _explained(target: Path, state: str) -> Iterator[None]:
    """Turns an error of the system into ours, with the state of the file."""
    try:
        yield
    except SensoriumError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        cause = getattr(error, "strerror", None) or str(error)
        raise RunError(
            sentence(str(target), f"the file cannot be written ({cause})", fix=state)
        ) from error
