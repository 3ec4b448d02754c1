"""Disks that fail, stop or write a little at a time."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from sensorium.run.files import Disk


class FaultyDisk(Disk):
    """Calls `fault` instead of the call number `at`, counted from 0.

    Args:
        at: The call that fails.
        fault: What happens instead; it does not return.
        step: Most bytes that one call writes.
    """

    def __init__(self, at: int, fault: Callable[[], None], step: int = 2**30) -> None:
        self.at = at
        self.fault = fault
        self.step = step
        self.calls: list[str] = []

    def _count(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self.at + 1:
            self.fault()

    def create(self, path: Path) -> int:
        self._count("create")
        return super().create(path)

    def write(self, descriptor: int, data: memoryview) -> int:
        self._count("write")
        return super().write(descriptor, data[: self.step])

    def sync(self, descriptor: int) -> None:
        self._count("sync")
        super().sync(descriptor)

    def close(self, descriptor: int) -> None:
        super().close(descriptor)
        self._count("close")

    def replace(self, source: Path, target: Path) -> None:
        self._count("replace")
        super().replace(source, target)

    def sync_folder(self, folder: Path) -> None:
        self._count("sync_folder")
        super().sync_folder(folder)


def no_space() -> None:
    """The error of a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def power_cut() -> None:
    """Ends the process at once, as `kill -9` does."""
    os._exit(137)
