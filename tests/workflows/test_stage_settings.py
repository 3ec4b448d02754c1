"""What a recipe says of stages and tables reaches the run that `fit` leaves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import sensorium as sm
from tests.pipeline.made import INPUTS, QUICK, frame, recipe_of

SOLD = {"y": {"type": "classification"}}


class OneEpoch(keras.callbacks.Callback):
    """Ends each stage after its first epoch, however many it may take."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.stop_training = True


class Told:
    """Keeps what is told of stages."""

    def __init__(self) -> None:
        self.begun: list[Mapping[str, Any]] = []
        self.ended: list[Any] = []

    def __call__(self, event: str, values: Mapping[str, Any]) -> None:
        if event == "stage":
            self.begun.append(values)
        if event == "stage_end":
            self.ended.append(values["history"])

    def learners(self) -> list[set[str]]:
        """The parts that learn in each stage."""
        return [{p.part for p in s["learners"] if p.learns} for s in self.begun]


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that taught the encoder of `x` alone."""
    folder = tmp_path_factory.mktemp("taught") / "run"
    recipe = recipe_of(inputs={"x": INPUTS["x"]}, outputs=SOLD)
    sm.fit(recipe, folder, cache=False)
    return folder


@pytest.mark.slow
def test_fresh_encoders_learn_beside_taught_ones_where_no_stage_is_named(
    taught: Path, tmp_path: Path
) -> None:
    given = {"type": "number", "encoder": {"type": "run", "path": str(taught)}}
    recipe = recipe_of(inputs={**INPUTS, "x": given}, outputs=SOLD, stages=())
    told = Told()
    run = sm.fit(
        recipe, tmp_path / "run", callbacks=[OneEpoch()], cache=False, report=told
    )
    assert [stage["name"] for stage in told.begun] == ["main", "finetune"]
    assert told.learners() == [{"z", "fusion", "y"}, {"x", "z", "fusion", "y"}]
    assert [stage["kept"] for stage in told.begun] == [["x"], []]
    assert [len(history.epochs) for history in told.ended] == [1, 1]
    before = sm.load(taught).network.weights_by_name()
    after = run.network.weights_by_name()
    shared = [name for name in before if name.startswith("x/")]
    assert shared
    moved = [float(np.abs(after[n] - before[n]).max()) for n in shared]
    assert 0 < max(moved) < 0.05, "fine-tuned from what it knew"


@pytest.mark.slow
def test_an_input_may_be_fitted_on_several_tables(tmp_path: Path) -> None:
    tables = {"data": frame(), "more": frame(32, seed=1)}
    stage = {"table": ["data", "more"], **QUICK}
    means = {}
    for name, fit in (("both", ["data", "more"]), ("one", "data")):
        recipe = recipe_of(
            tables["data"],
            tables={
                "more": {"data": tables["more"].with_columns(x=tables["more"]["x"] + 9)}
            },
            inputs={"x": INPUTS["x"]},
            outputs=SOLD,
            split={"valid": 0.2},
            stages=[stage],
            fit={"x": fit},
        )
        run = sm.fit(recipe, tmp_path / name, cache=False)
        encoded = run.features["x"].encode({"x": tables["data"]["x"]}).values
        means[name] = float(np.mean(encoded))
        assert len(run.predict(tables["data"])) == len(tables["data"])
    assert abs(means["one"]) < 0.3
    assert means["both"] < -0.5, "the other table's rows lie higher"


@pytest.mark.slow
def test_outputs_are_trained_by_the_stages_that_name_them(tmp_path: Path) -> None:
    stages = [
        {**QUICK, "name": "first", "outputs": ["y"], "input_balance": "none"},
        {**QUICK, "name": "second", "outputs": ["price"], "freeze": ["encoders"]},
    ]
    told = Told()
    run = sm.fit(recipe_of(stages=stages), tmp_path / "run", cache=False, report=told)
    assert told.learners() == [{"x", "z", "fusion", "y"}, {"fusion", "price"}]
    measured = [set(history.epochs[0]) for history in told.ended]
    assert not any("price" in name for name in measured[0])
    assert not any(name.startswith(("y_", "val_y_")) for name in measured[1])
    found = run.predict(frame())
    assert {"y", "y_probability", "price"} <= set(found.columns)
