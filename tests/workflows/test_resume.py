"""Runs that were stopped, and runs of which only a part changed."""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import pytest

import sensorium as sm
from sensorium.errors import ArtifactError, RunError
from sensorium.run.states import CHECKPOINT
from tests.pipeline.made import ENCODER, bits, frame

QUICK = {"batch_size": 16}
STAGES: list[dict[str, Any]] = [
    {"type": "pretrain", "inputs": ["x"], "epochs": 2, **QUICK},
    {"type": "train", "epochs": 4, **QUICK},
]
Events = list[tuple[str, Mapping[str, Any]]]


class StoppedError(Exception):
    """What a callback raises."""


def recipe_of(**changes: Any) -> sm.Recipe:
    number = {"type": "number", "encoder": ENCODER}
    document = {
        "inputs": {"x": number, "z": number},
        "outputs": {"y": "classification"},
        "fusion": {"type": "concat", "units": 4, "dropout": 0.2},
        "modality_dropout": 0.2,
        "stages": STAGES,
    }
    return sm.Recipe(frame(64), **{**document, **changes})


def changed_last() -> list[dict[str, Any]]:
    stages = copy.deepcopy(STAGES)
    stages[1]["learning_rate"] = 0.01
    return stages


class Log:
    """Keeps the events; stops training in stage `stage` when it says `word` again."""

    def __init__(
        self, word: str = "", epoch: int = 0, error: type[BaseException] = StoppedError
    ) -> None:
        self.events: Events = []
        self.stage = ""
        self.stop = (word, epoch)
        self.error = error

    def __call__(self, event: str, values: Mapping[str, Any]) -> None:
        self.events.append((event, dict(values)))
        self.stage = values["name"] if event == "stage" else self.stage
        if event == "epoch" and (self.stage, values["epoch"]) == self.stop:
            raise self.error

    def told(self, event: str, key: str = "name") -> list[Any]:
        return [values.get(key) for word, values in self.events if word == event]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> sm.Run:
    return sm.fit(recipe_of(), tmp_path_factory.mktemp("unbroken") / "run")


@pytest.mark.parametrize("cache", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_run_broken_by_an_error_goes_on_to_the_same_bits(
    cache: bool, unbroken: sm.Run, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(StoppedError):
        sm.fit(recipe_of(), folder, report=Log("main", 2), cache=cache)
    assert (folder / CHECKPOINT).exists()
    log = Log()
    run = sm.fit(recipe_of(), folder, report=log, resume=True, cache=cache)
    assert log.told("stage") == ["main"]
    assert log.told("stage", "resumed") == [2]
    assert bits(run.network) == bits(unbroken.network)
    assert not (folder / CHECKPOINT).exists()
    stages = [stage["stage"] for stage in run.metadata["history"]]
    assert stages == ["pretrain", "main"]


@pytest.mark.slow
def test_ctrl_c_saves_a_scored_run_that_can_go_on(
    unbroken: sm.Run, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    log = Log("main", 3, KeyboardInterrupt)
    stopped = sm.fit(recipe_of(), folder, report=log)
    assert stopped.has_scores
    assert sm.load(folder).metadata["history"][1]["interrupted"]
    assert (folder / CHECKPOINT).exists()
    with pytest.raises(RunError, match=r"overwrite=True.*resume=True"):
        sm.fit(recipe_of(), folder)
    log = Log()
    run = sm.fit(recipe_of(), folder, report=log, resume=True)
    assert log.told("stage", "resumed") == [3]
    assert bits(sm.load(folder).network) == bits(unbroken.network)
    assert not run.metadata["history"][1]["interrupted"]


def test_ctrl_c_in_a_stages_first_epoch_leaves_what_the_stage_found(
    tmp_path: Path,
) -> None:
    class Stop(keras.callbacks.Callback):
        before: Mapping[str, bytes] = MappingProxyType({})

        def on_train_begin(self, logs: Any = None) -> None:
            self.before = bits(self.model)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if log.stage == "main":
                raise KeyboardInterrupt

    log, stop = Log(), Stop()
    run = sm.fit(recipe_of(), tmp_path / "run", callbacks=[stop], report=log)
    assert bits(run.network) == stop.before


@pytest.mark.slow
def test_only_what_changed_is_trained_again(unbroken: sm.Run) -> None:
    """Also in another folder beside it, where nothing but the cache is known."""
    recipe = recipe_of(stages=changed_last())
    log = Log()
    other = unbroken.folder.parent / "other"
    run = sm.fit(recipe, other, report=log)
    assert log.told("kept") == ["pretrain"]
    assert log.told("stage") == ["main"]
    anew = sm.fit(recipe, unbroken.folder.parent / "anew", cache=False)
    assert bits(run.network) == bits(anew.network)


@pytest.mark.slow
def test_a_changed_fusion_leaves_the_encoders_that_were_pretrained(
    unbroken: sm.Run,
) -> None:
    fusion = {"type": "gated", "units": 6}
    log = Log()
    recipe = recipe_of(fusion=fusion, stages=changed_last())
    sm.fit(recipe, unbroken.folder.parent / "gated", report=log)
    assert log.told("kept") == ["pretrain"]


def test_a_state_of_another_recipe_is_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(StoppedError):
        sm.fit(recipe_of(), tmp_path / "run", report=Log("pretrain", 1), cache=False)
    log = Log()
    recipe = recipe_of(seed=1, stages=STAGES[1:2])
    sm.fit(recipe, tmp_path / "run", report=log, resume=True, cache=False)
    assert "changed" in [event for event, _ in log.events]
    assert log.told("stage", "resumed") == [0]


def test_a_damaged_state_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(StoppedError):
        sm.fit(recipe_of(), folder, report=Log("pretrain", 1), cache=False)
    content = bytearray((folder / CHECKPOINT).read_bytes())
    content[-200] ^= 1
    (folder / CHECKPOINT).write_bytes(content)
    with pytest.raises(ArtifactError, match="Delete it, and the stage begins anew"):
        sm.fit(recipe_of(), folder, resume=True, cache=False)


SCRIPT = """\
import os, signal, sys
from tests.workflows.test_resume import recipe_of, sm

def report(event, values, count=[0]):
    count[0] += event == "epoch"
    if count[0] == 4:
        os.kill(os.getpid(), signal.SIGKILL)

sm.fit(recipe_of(), sys.argv[1], report=report)
"""


@pytest.mark.slow
def test_a_killed_process_can_be_gone_on_with(unbroken: sm.Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    log = Log()
    run = sm.fit(recipe_of(), folder, report=log, resume=True)
    assert log.told("kept") == ["pretrain"]
    assert log.told("stage", "resumed")[0] > 0
    assert bits(run.network) == bits(unbroken.network)
