from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import RecipeError
from sensorium.pipeline import run as module
from sensorium.pipeline.run import Run, score_one
from tests.run.small_run import frame, untrained

ROWS = 60
FRAME = pl.DataFrame(
    {
        "x": np.arange(ROWS) / ROWS,
        "y": [("no", "yes")[row >= ROWS // 2] for row in range(ROWS)],
        "price": np.arange(ROWS) * 2.0,
    }
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sm.Run:
    recipe = sm.Recipe(
        FRAME,
        {"x": {"type": "number", "encoder": {"type": "mlp", "units": 4}}},
        {"y": "classification", "price": "regression"},
        stages=[sm.Stage(1)],
    )
    return sm.fit(recipe, tmp_path_factory.mktemp("run") / "run", cache=False)


def test_scores_on_a_table_are_those_of_its_predictions(run: sm.Run) -> None:
    scores = {s.name: s.value for s in run.evaluate(FRAME)["y"]}
    right = (run.predict(FRAME)["y"] == FRAME["y"]).mean()
    assert scores["accuracy"] == pytest.approx(right)
    mae = {s.name: s.value for s in run.evaluate(FRAME)["price"]}["mae"]
    difference = (run.predict(FRAME)["price"] - FRAME["price"]).abs().mean()
    assert mae == pytest.approx(difference, rel=1e-5)


def test_rows_without_a_label_do_not_count(run: sm.Run, tmp_path: Path) -> None:
    some = pl.int_range(pl.len()) < 20
    frame = FRAME.with_columns(pl.when(some).then(pl.col("y")).alias("y"))
    frame.write_parquet(tmp_path / "some.parquet")
    scores = run.evaluate(tmp_path / "some.parquet")
    assert scores["y"][0].rows == 20
    assert scores["price"][0].rows == ROWS


def test_a_table_without_labels_is_refused_by_name(run: sm.Run) -> None:
    with pytest.raises(RecipeError, match="no column `price`"):
        run.evaluate(FRAME.drop("price"))


def test_columns_of_the_split_are_not_needed(tmp_path: Path) -> None:
    found = Run(tmp_path, untrained(split={"test": 0.2, "group": "shop"}))
    assert found.evaluate(frame())["price"][0].rows == frame().height


def test_the_recipes_seed_draws_the_intervals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds: set[int] = set()

    def scored(*parts: Any) -> list[Any]:
        seeds.add(parts[-1])
        return []

    monkeypatch.setattr(module, "score_one", scored)
    Run(tmp_path, untrained(seed=7)).evaluate(frame())
    assert seeds == {7}


def test_all_missing_columns_are_named_at_once(run: sm.Run) -> None:
    with pytest.raises(RecipeError) as caught:
        run.evaluate(FRAME.rename({"x": "ex"}).drop("price", "y"))
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["inputs.x", "outputs.y", "outputs.price"]


def test_one_output_is_scored_by_its_kind(run: sm.Run) -> None:
    truth = np.array([0, 1, 1])
    probability = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    shares = {"probability": probability}
    found = score_one("classification", run.targets["y"], truth, shares, 0)
    assert found[0].value == pytest.approx(2 / 3)
    values = {"value": np.array([0.0, 2.0, 5.0])}
    labels = np.array([0.0, 2.0, 4.0])
    found = score_one("regression", run.targets["price"], labels, values, 0)
    assert {s.name: s.value for s in found}["mae"] == pytest.approx(1 / 3)
