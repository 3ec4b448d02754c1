"""States of training kept on the disk: finished stages, and one in the middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sensorium.data.newest import keep_newest
from sensorium.errors import ArtifactError
from sensorium.run.artifact import read_artifact, write_artifact
from sensorium.training.checkpoint import Checkpoint

KEPT = 32
CHECKPOINT = "checkpoint.sensorium"


@dataclass(frozen=True)
class StageState:
    """What a finished stage left.

    Args:
        weights: Weights of the network by name, of the parts taught so far.
        history: The stage's history, plain data.
    """

    weights: Mapping[str, np.ndarray]
    history: Mapping[str, Any]


class StageStore:
    """Finished stages, by a key of everything that they follow from.

    Args:
        folder: Where they are kept; `None` keeps nothing. The newest `KEPT` stay.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = None if folder is None else folder / "stages"

    def has(self, key: str) -> bool:
        """Whether a stage of this key is kept."""
        path = self._path(key)
        return path is not None and path.exists()

    def load(self, key: str) -> StageState | None:
        """What a stage of this key left, or `None`; a damaged file counts as none."""
        path = self._path(key)
        if path is None or not path.exists():
            return None
        try:
            saved = read_artifact(path)
        except ArtifactError:
            path.unlink(missing_ok=True)
            return None
        path.touch()
        history: Any = saved.documents["history"]
        return StageState(saved.weights, history)

    def save(self, key: str, state: StageState) -> None:
        """Keeps what a stage left."""
        path = self._path(key)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_artifact(path, {"history": dict(state.history)}, {}, dict(state.weights))
        keep_newest(path.parent.glob("*.sensorium"), KEPT)

    def _path(self, key: str) -> Path | None:
        return None if self._folder is None else self._folder / f"{key[:32]}.sensorium"


@dataclass(frozen=True)
class Midway:
    """A stage that has not ended, at the end of one of its epochs.

    Args:
        key: The stage's key.
        histories: Those of the stages before it, plain data.
        weights: Weights of the network by name, of the parts that earlier stages
            taught.
        checkpoint: The state of what is trained.
    """

    key: str
    histories: Sequence[Mapping[str, Any]]
    weights: Mapping[str, np.ndarray]
    checkpoint: Checkpoint


def save_midway(folder: Path, midway: Midway) -> None:
    """Writes the state into a run's folder, in place of an older one."""
    documents = {
        "key": midway.key,
        "histories": list(midway.histories),
        "checkpoint": dict(midway.checkpoint.document),
    }
    arrays = {"state": dict(midway.checkpoint.arrays)}
    write_artifact(folder / CHECKPOINT, documents, arrays, dict(midway.weights))


def load_midway(folder: Path) -> Midway | None:
    """The state in a run's folder, or `None`.

    Raises:
        ArtifactError: If it is damaged.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        saved = read_artifact(path)
    except ArtifactError as error:
        fix = "Delete it, and the stage begins anew."
        raise ArtifactError(f"{error} {fix}", error.reason) from error
    found: Any = saved.documents
    checkpoint = Checkpoint(found["checkpoint"], saved.arrays["state"])
    return Midway(found["key"], found["histories"], saved.weights, checkpoint)


def drop_midway(folder: Path) -> None:
    """Removes the state of a stage that has ended."""
    (folder / CHECKPOINT).unlink(missing_ok=True)
