from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import DataError, RunError
from sensorium.pipeline.run import SCORES
from sensorium.run.saved import ARTIFACT

ROWS = 80
FRAME = pl.DataFrame(
    {
        "x": np.arange(ROWS) / ROWS,
        "y": [("no", "yes")[row >= ROWS // 2] for row in range(ROWS)],
    }
)


def recipe_of(**changes: Any) -> sm.Recipe:
    inputs = {"x": {"type": "number", "encoder": {"type": "mlp", "units": 4}}}
    document = {
        "inputs": inputs,
        "outputs": {"y": "classification"},
        "stages": [{"epochs": 2}],
    }
    return sm.Recipe(FRAME, **{**document, **changes})


@pytest.fixture(scope="module")
def events() -> list[tuple[str, dict[str, Any]]]:
    """What was told of the run."""
    return []


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, events: list[Any]) -> sm.Run:
    folder = tmp_path_factory.mktemp("fitting") / "a" / "b"
    return sm.fit(recipe_of(), folder, report=lambda *told: events.append(told))


def test_events_are_told_in_order(run: sm.Run, events: list[Any]) -> None:
    words = ["prepare", "prepared", "stage", "epoch", "epoch", "stage_end", "saved"]
    assert [event for event, _ in events] == words
    assert events[0][1] == {"data": "a table"}
    assert events[1][1]["rows"] == {"train": 64, "valid": 8, "test": 8}
    assert [values["epoch"] for event, values in events if event == "epoch"] == [1, 2]
    assert events[-1][1]["folder"] == str(run.folder)


def test_the_folder_is_made_and_holds_the_run(run: sm.Run) -> None:
    assert sm.load(run.folder).predict(FRAME).equals(run.predict(FRAME))
    assert (run.folder.parent / ".sensorium-cache").is_dir()
    history = pl.read_csv(run.folder / "history.csv")
    assert history["stage"].to_list() == ["main", "main"]


def test_scores_and_naive_scores_are_kept(run: sm.Run) -> None:
    saved = json.loads((run.folder / SCORES).read_text())
    assert set(saved) == {"scores", "naive"}
    assert run.evaluate()["y"][0].rows == run.naive_scores()["y"][0].rows == 8


def test_overwriting_must_be_said(run: sm.Run) -> None:
    with pytest.raises(RunError, match="overwrite=True"):
        sm.fit(recipe_of(), run.folder)


def test_without_test_rows_older_scores_are_not_left(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / SCORES).write_text('{"scores": {}, "naive": {}}')
    (tmp_path / "run" / ARTIFACT).write_text("an older run")
    again = sm.fit(
        recipe_of(split={"valid": 0.2}), tmp_path / "run", overwrite=True, cache=False
    )
    assert sm.load(tmp_path / "run").predict(FRAME).equals(again.predict(FRAME))
    assert not again.has_scores
    assert again.naive_scores() == {}
    with pytest.raises(RunError, match="there are no saved scores"):
        again.evaluate()
    assert again.evaluate(FRAME)["y"][0].rows == ROWS


def test_a_fault_leaves_no_run(tmp_path: Path) -> None:
    broken = recipe_of(outputs={"y": "regression"})
    with pytest.raises(DataError):
        sm.fit(broken, tmp_path / "run")
    with pytest.raises(RunError, match="holds no finished run"):
        sm.load(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="the folder cannot be made"):
        sm.fit(recipe_of(), tmp_path / "file" / "run")
