"""One process at a time works in a run folder.

The lock belongs to the operating system (`flock`; a locked byte on Windows), so it
ends with its process however that ends, and a lock file that a killed process left
behind hinders nobody. The file only says who holds the lock.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sensorium.errors import RunError, sentence
from sensorium.run.files import PathLike, leftovers

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
_MOST = 1000  # bytes that are read of a lock file
_BYTE = 2**30  # on Windows the locked byte, far behind the text: others can read that


class RunLock:
    """Keeps every other process out of a run folder while a `with` block runs.

    A second lock on the same folder is refused, in this process too. Children made
    by `fork` do not hold the lock. On entering, temporary files of a process that
    was killed while it held the lock are removed.

    Args:
        folder: The run folder. It must exist.

    Raises:
        RunError: On entering, if another process works in the folder (the message
            names it), or if the folder cannot be locked.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, RunLock(folder):
        ...     pass
    """

    name = "run.lock"

    def __init__(self, folder: PathLike) -> None:
        self._folder = Path(folder)
        self._path = self._folder / self.name
        self._descriptor = -1

    def __enter__(self) -> Self:
        if self._descriptor >= 0:
            raise RunError(sentence(str(self._folder), "this lock is already held"))
        descriptor = self._open()
        try:
            self._acquire(descriptor)
            before = _owner(descriptor)
            _write_owner(descriptor, _me())
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        _held.add(self)
        self._sweep(before)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _held.discard(self)
        if self._descriptor >= 0:  # else: a forked child, which holds no lock
            with suppress(OSError):  # the text is a courtesy; closing is what unlocks
                os.ftruncate(self._descriptor, 0)
            self._close()

    def _close(self) -> None:
        """Closes the lock file, which unlocks it unless a parent holds it too."""
        descriptor, self._descriptor = self._descriptor, -1
        with suppress(OSError):
            os.close(descriptor)

    def _open(self) -> int:
        """Opens the lock file, making it if need be; a link is not followed."""
        flags = os.O_RDWR | os.O_CREAT
        for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
            flags |= getattr(os, name, 0)
        try:
            return os.open(self._path, flags, 0o666)
        except (OSError, ValueError) as error:
            raise self._unusable(error) from error

    def _acquire(self, descriptor: int) -> None:
        """Takes the lock, or says who has it."""
        try:
            _lock(descriptor)
        except OSError as error:
            if error.errno in _BUSY:
                raise self._busy(_owner(descriptor)) from error
            raise self._unusable(error) from error

    def _sweep(self, owner: dict[str, object]) -> None:
        """Removes what a killed process was writing when it held this lock."""
        process = owner.get("pid")
        if isinstance(process, int) and owner.get("host") == socket.gethostname():
            for path in leftovers(self._folder, process):
                with suppress(OSError):
                    path.unlink()

    def _busy(self, owner: dict[str, object]) -> RunError:
        """The error that names the other process and says what to do."""
        pid, host, since = (owner.get(key) for key in ("pid", "host", "since"))
        who = f"process {pid} on {host} since {since}" if pid else "another process"
        stop = f", or stop it (`kill {pid}`)" if host == socket.gethostname() else ""
        fix = f"Wait until it ends{stop}, or use another folder."
        if pid == os.getpid() and stop:
            fix = "It is this process: leave the other `with` block first."
        return RunError(sentence(str(self._folder), f"in use by {who}", fix=fix))

    def _unusable(self, error: OSError | ValueError) -> RunError:
        """The error for a folder that cannot be locked at all."""
        cause = getattr(error, "strerror", None) or str(error)
        fix = "Use a folder that exists, on a disk that can lock files."
        expected = f"the folder cannot be locked ({cause})"
        return RunError(sentence(str(self._folder), expected, fix=fix))


def _me() -> dict[str, object]:
    """Describes this process for others."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"host": socket.gethostname(), "pid": os.getpid(), "since": since}


def _write_owner(descriptor: int, owner: dict[str, object]) -> None:
    """Says in the lock file who holds it; the lock counts, this is a courtesy."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(owner).encode())


def _owner(descriptor: int) -> dict[str, object]:
    """Reads who holds the lock, or held it last; empty if it does not say."""
    with suppress(OSError, ValueError, RecursionError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        owner = json.loads(os.read(descriptor, _MOST))
        if isinstance(owner, dict):
            return owner
    return {}


def _lock(descriptor: int) -> None:
    """Locks an open file for this process, without waiting."""
    if sys.platform == "win32":
        os.lseek(descriptor, _BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_held: set[RunLock] = set()


def _release_in_child() -> None:
    """A forked child must not keep the lock alive when its parent is killed."""
    for lock in _held:
        lock._close()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_release_in_child)
