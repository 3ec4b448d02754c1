from __future__ import annotations

import os
from pathlib import Path

from sensorium.data.newest import keep_newest


def made(folder: Path) -> list[Path]:
    """A file, a folder, a file and a folder, each younger than the one before."""
    entries = [folder / name for name in ("b", "d", "a", "c")]
    for age, entry in enumerate(entries):
        if age % 2:
            entry.mkdir()
            (entry / "inner").write_text("x")
        else:
            entry.write_text("x")
        os.utime(entry, (1000 + age, 1000 + age))
    return entries


def test_the_oldest_files_and_folders_go(tmp_path: Path) -> None:
    entries = made(tmp_path)
    keep_newest(entries, 1)
    assert list(tmp_path.iterdir()) == [entries[-1]]


def test_nothing_goes_while_there_is_room(tmp_path: Path) -> None:
    entries = made(tmp_path)
    keep_newest(entries, 4)
    assert sorted(tmp_path.iterdir()) == sorted(entries)


def test_what_is_gone_already_is_the_oldest(tmp_path: Path) -> None:
    entries = made(tmp_path)
    keep_newest([tmp_path / "gone", *entries], 4)
    assert sorted(tmp_path.iterdir()) == sorted(entries)
    keep_newest([tmp_path / "gone"], 0)
