"""Outputs of every kind from a recipe to predictions, scores and a saved run."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import sensorium as sm

ROWS = 300
FACTS = {"facts": {"type": "number", "columns": ["a", "b", "c", "d"]}}


def frame() -> pl.DataFrame:
    draw = np.random.default_rng(0).random((ROWS, 4))
    x, y = 10 + 60 * draw[:, 0], 10 + 30 * draw[:, 1]
    width, height = 5 + 10 * draw[:, 2], 5 + 10 * draw[:, 3]
    return pl.DataFrame(
        {
            **dict(zip("abcd", draw.T, strict=True)),
            "x0": x - width / 2,
            "y0": y - height / 2,
            # Every fifth box lacks a corner.
            "x1": pl.Series(x + width / 2).scatter(np.arange(0, ROWS, 5), None),
            "y1": y + height / 2,
            "center": np.stack([x, y, width, height], axis=1).tolist(),
        }
    )


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> sm.Run:
    size = {"image_size": [50, 80]}
    columns = ["x0", "y0", "x1", "y1"]
    outputs = {
        "where": {"type": "box", "column": columns, **size},
        "center": {"type": "box", "form": "center_size", "loss": "smooth_l1"},
    }
    recipe = sm.Recipe(
        frame(), FACTS, outputs, stages=[sm.Stage(20, learning_rate=1e-2)]
    )
    return sm.fit(recipe, tmp_path_factory.mktemp("boxes") / "run", cache=False)


def test_boxes_are_learnt_predicted_scored_and_loaded(boxes: sm.Run) -> None:
    scores = {
        name: {s.name: s for s in found} for name, found in boxes.evaluate().items()
    }
    naive = {s.name: s.value for s in boxes.naive_scores()["where"]}
    assert scores["where"]["iou"].value > 0.5 > naive["iou"]
    assert scores["where"]["mae"].value < 0.05 < naive["mae"]
    assert scores["where"]["mae"].rows < scores["center"]["mae"].rows, "absent labels"
    # Without the size of the picture errors are in the boxes' own units.
    assert scores["center"]["mae"].value > 10 * scores["where"]["mae"].value
    found = boxes.predict(frame())
    ends = [f"where_{end}" for end in ("x0", "y0", "x1", "y1")]
    sizes = [f"center_{end}" for end in ("x", "y", "width", "height")]
    assert found.columns == [*ends, *sizes, "error"]
    assert (found["where_x1"] >= found["where_x0"]).all()
    labelled = frame()["x1"].is_not_null()
    apart = np.abs(
        (found.select(ends) - frame().select("x0", "y0", "x1", "y1"))
        .filter(labelled)
        .to_numpy()
    )
    again = {s.name: s.value for s in boxes.evaluate(frame())["where"]}
    expected = (apart / [80, 50, 80, 50]).mean()
    assert again["mae"] == pytest.approx(expected, rel=1e-5)
    assert sm.load(boxes.folder).predict(frame()).equals(found)
