"""Files of games: in the run's folder, and beside finished stages."""

from __future__ import annotations

import os
from pathlib import Path

from sensorium.pipeline import gallery
from sensorium.pipeline.gallery import Gallery


class Made:
    """Writes what it is told to."""

    def __init__(self, content: str = "made") -> None:
        self.content = content

    def save(self, path: Path) -> None:
        path.write_text(self.content)

    def save_grid(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{self.content} picture")


def hung(run: Path | None, cache: Path | None, name: str = "game") -> Gallery:
    """A gallery with both files of a game."""
    found = Gallery(run, cache)
    found.show(name, Made())
    found.keep(name, Made())
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_files_are_called_after_the_step(tmp_path: Path) -> None:
    hung(tmp_path / "run", None, "game 2").finish("game 2", "k")
    assert names(tmp_path) == ["game 2.png", "game 2.sensorium"]
    assert (tmp_path / "run" / "games" / "game 2.sensorium").read_text() == "made"


def test_without_a_run_nothing_is_written(tmp_path: Path) -> None:
    found = hung(None, tmp_path)
    found.finish("game", "k")
    found.clear()
    assert found.bring("game", "k")
    assert names(tmp_path) == []


def test_another_run_gets_what_was_kept(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    hung(tmp_path / "one", cache).finish("game", "k" * 64)
    other = Gallery(tmp_path / "two", cache)
    assert not other.bring("game", "another key")
    assert not (tmp_path / "two").exists()
    assert other.bring("game", "k" * 64)
    made = tmp_path / "two" / "games"
    assert (made / "game.sensorium").read_text() == "made"
    assert (made / "game.png").read_text() == "made picture"
    assert not Gallery(tmp_path / "two", None).bring("game", "k" * 64)


def test_half_of_what_was_kept_is_nothing(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    hung(tmp_path / "one", cache).finish("game", "k")
    next(cache.rglob("*.png")).unlink()
    assert not Gallery(tmp_path / "two", cache).bring("game", "k")


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(gallery, "KEPT", 2)
    cache = tmp_path / "cache"
    found = hung(tmp_path / "run", cache)
    for age, key in enumerate("abc"):
        found.finish("game", key)
        for end in gallery.ENDS:
            os.utime(cache / "games" / f"{key}{end}", (age, age))
    found.finish("game", "d")
    assert names(cache) == ["c.png", "c.sensorium", "d.png", "d.sensorium"]


def test_files_of_an_earlier_run_go_and_others_stay(tmp_path: Path) -> None:
    hung(tmp_path, None).clear()
    assert not (tmp_path / "games").exists()
    found = hung(tmp_path, None)
    (tmp_path / "games" / "mine.txt").write_text("a note")
    found.clear()
    assert names(tmp_path) == ["mine.txt"]
