"""Folders that keep their newest entries only."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path


def keep_newest(entries: Iterable[Path], most: int) -> None:
    """Removes all files and folders but the ones that changed last.

    Another process may remove them at the same time.

    Args:
        entries: Files and folders.
        most: How many stay.
    """
    ages = [(_changed(entry), entry) for entry in entries]
    for _, entry in sorted(ages, reverse=True)[most:]:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _changed(entry: Path) -> int:
    try:
        return entry.stat().st_mtime_ns
    except FileNotFoundError:  # removed since the folder was listed
        return 0
