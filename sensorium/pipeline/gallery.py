"""What games of a recipe made, as files in the run's folder and beside the stages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sensorium.data.newest import keep_newest
from sensorium.run.files import write_bytes
from sensorium.run.states import KEPT

FOLDER = "games"
ENDS = (".sensorium", ".png")


class Gallery:
    """Files of games: one to look at, one to sample from.

    Args:
        run: The run's folder, or `None`, where nothing is written.
        cache: The folder that keeps finished stages, or `None`.
    """

    def __init__(self, run: Path | None, cache: Path | None) -> None:
        self._run = None if run is None else run / FOLDER
        self._cache = None if cache is None else cache / FOLDER

    def clear(self) -> None:
        """Removes what games of an earlier run in this folder made."""
        if self._run is None or not self._run.is_dir():
            return
        for path in [p for end in ENDS for p in self._run.glob(f"*{end}")]:
            path.unlink(missing_ok=True)
        if not any(self._run.iterdir()):
            self._run.rmdir()

    def show(self, name: str, game: Any) -> None:
        """Writes a picture of what a game makes now.

        Args:
            name: The step.
            game: The game.
        """
        if self._run is not None:
            game.save_grid(self._run / f"{name}.png")

    def keep(self, name: str, game: Any) -> None:
        """Writes a game's file.

        Args:
            name: The step.
            game: The game.
        """
        if self._run is not None:
            self._run.mkdir(parents=True, exist_ok=True)
            game.save(self._run / f"{name}.sensorium")

    def finish(self, name: str, key: str) -> None:
        """Keeps the files of a step that has ended beside its state.

        Args:
            name: The step.
            key: Its key.
        """
        if self._run is None or self._cache is None:
            return
        self._cache.mkdir(parents=True, exist_ok=True)
        for there, kept in self._pairs(name, key):
            write_bytes(kept, there.read_bytes())
        for end in ENDS:
            keep_newest(self._cache.glob(f"*{end}"), KEPT)

    def bring(self, name: str, key: str) -> bool:
        """Gives the run the files of a step that ended in an earlier one.

        Args:
            name: The step.
            key: Its key.

        Returns:
            Whether they were kept: else the step has to be taken again.
        """
        if self._run is None:
            return True
        pairs = list(self._pairs(name, key))
        if not pairs or not all(kept.exists() for _, kept in pairs):
            return False
        self._run.mkdir(parents=True, exist_ok=True)
        for there, kept in pairs:
            write_bytes(there, kept.read_bytes())
        return True

    def _pairs(self, name: str, key: str) -> Iterator[tuple[Path, Path]]:
        """Each file in the run's folder, and where it is kept."""
        for end in ENDS:
            if self._run is not None and self._cache is not None:
                yield self._run / f"{name}{end}", self._cache / f"{key[:32]}{end}"
