"""Opens the files that a column names, and never anything outside the data's folder."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from sensorium.errors import DataError, sentence

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"[A-Za-z]:")
# A directory's handle keeps what was checked from being exchanged until it is read.
_BY_HANDLE = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FILE = _READ | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_DIRECTORY = _READ | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_DIRECTORY", 0)
_LINKS = {errno.ELOOP, errno.ENOTDIR}


class Folder:
    """A folder below which files are opened.

    Refused are absolute paths, `..`, URLs, links that lead out of the folder, and
    whatever is not a plain file (folders, pipes, devices). Links that stay inside are
    followed. Use it as a context; handles of folders are kept while it is open.

    Args:
        path: The folder; `None` refuses every path.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._handles: dict[tuple[str, ...], int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for handle in self._handles.values():
            os.close(handle)
        self._handles.clear()

    def open(self, text: str) -> BinaryIO:
        """Opens a file by its path from the folder, with `/` between its parts.

        Raises:
            DataError: If the path is refused or the file cannot be opened. The message
                does not name the column.
        """
        return os.fdopen(self._handle(text)[0], "rb")

    def read(self, text: str, most: int) -> bytes:
        """Reads a whole file.

        Args:
            text: Its path, as for `open`.
            most: Larger files, in bytes, are refused.

        Raises:
            DataError: As `open`; or if the file is too large.
        """
        handle, length = self._handle(text)
        try:
            if length > most:
                large = f"the file has {length:,} bytes, more than {most:,}"
                raise DataError(sentence("", large, text))
            data = os.read(handle, length)
            while len(data) < length and (more := os.read(handle, length - len(data))):
                data += more
        except OSError as error:
            raise _unreadable(text, error) from error
        finally:
            os.close(handle)
        return data

    def _handle(self, text: str) -> tuple[int, int]:
        """An open file and its length in bytes."""
        if self.path is None:
            fix = "Give the folder in which the files lie."
            raise DataError(sentence("", "paths cannot be read here", text, fix))
        parts = check_path(text)
        try:
            handle = self._open(parts)
        except FileNotFoundError as error:
            lost = "there is no such file in the data's folder"
            raise DataError(sentence("", lost, text)) from error
        except OSError as error:
            raise _unreadable(text, error) from error
        # Once more, now of what is really open.
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            os.close(handle)
            raise DataError(sentence("", "expected a plain file", text))
        return handle, found.st_size

    def _open(self, parts: tuple[str, ...]) -> int:
        if not _BY_HANDLE:
            return os.open(self._inside(parts), _FILE)
        try:
            return self._open_exactly(parts)
        except OSError as error:
            if error.errno not in _LINKS:
                raise
        root = self._root()
        return self._open_exactly(self._inside(parts).relative_to(root).parts)

    def _open_exactly(self, parts: tuple[str, ...]) -> int:
        """Opens a file without following any link."""
        directory = self._directory(parts[:-1])
        found = os.stat(parts[-1], dir_fd=directory, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        # Opening a pipe or a device may already do something.
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        return os.open(parts[-1], _FILE, dir_fd=directory)

    def _directory(self, parts: tuple[str, ...]) -> int:
        if parts not in self._handles:
            if parts:
                above = self._directory(parts[:-1])
                opened = os.open(parts[-1], _DIRECTORY, dir_fd=above)
            else:
                opened = os.open(self._root(), _DIRECTORY)
            # Two threads may open the same folder: the first one stays.
            if self._handles.setdefault(parts, opened) != opened:
                os.close(opened)
        return self._handles[parts]

    def _inside(self, parts: tuple[str, ...]) -> Path:
        """The real place of a path, if it is inside the folder."""
        root = self._root()
        try:
            found = root.joinpath(*parts).resolve(strict=True)
        except RuntimeError as error:  # before Python 3.13
            raise OSError(errno.ELOOP, "its links run in a circle") from error
        if not found.is_relative_to(root):
            raise OSError(errno.EPERM, "a link leads out of the data's folder")
        if not found.is_file():
            raise OSError(errno.EINVAL, "not a plain file")
        return found

    def _root(self) -> Path:
        return Path() if self.path is None else self.path.resolve(strict=True)


def _unreadable(text: str, error: OSError) -> DataError:
    cannot = f"the file cannot be opened ({error.strerror})"
    return DataError(sentence("", cannot, text))


def check_path(text: str) -> tuple[str, ...]:
    """The parts of a relative path.

    Raises:
        DataError: If it is a URL, absolute, or has `..`, a backslash or a NUL in it.
    """
    fault = _fault(text)
    if fault:
        fix = "Write it from the data's folder on, like `photos/1.png`."
        raise DataError(
            sentence("", f"expected a relative path, not {fault}", text, fix)
        )
    return tuple(part for part in text.split("/") if part not in ("", "."))


def _fault(text: str) -> str:
    if _URL.match(text):
        return "a URL"
    if text.startswith("/") or _DRIVE.match(text):
        return "an absolute one"
    if "\\" in text:
        return "one with a backslash"
    if "\x00" in text:
        return "one with a NUL"
    parts = text.split("/")
    if ".." in parts:
        return "one with `..`"
    return "a folder" if all(part in ("", ".") for part in parts) else ""
