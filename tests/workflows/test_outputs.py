"""Outputs of every kind from a recipe to predictions, scores and a saved run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

import sensorium as sm
from sensorium.errors import DataError

ROWS = 1500
LEVELS = ("low", "middle", "high", "top")
CORNERS = ("x0", "y0", "x1", "y1")


def frame() -> pl.DataFrame:
    """Boxes, a number that spreads the more, the larger it is, and its four levels."""
    generator = np.random.default_rng(1)
    draw = generator.random((ROWS, 4))
    x, y = 10 + 60 * draw[:, 0], 10 + 30 * draw[:, 1]
    width, height = 5 + 10 * draw[:, 2], 5 + 10 * draw[:, 3]
    spread = 2 + 20 * draw[:, 0]
    price = 100 + 50 * draw[:, 0] + spread * generator.normal(size=ROWS)
    place = 4 * draw[:, 0] + 0.3 * generator.normal(size=ROWS)
    level = np.digitize(place, [1, 2, 3])
    return pl.DataFrame(
        {
            **dict(zip("abcd", draw.T, strict=True)),
            "x0": x - width / 2,
            "y0": y - height / 2,
            # Every fifth box lacks a corner, every sixth price is not known.
            "x1": pl.Series(x + width / 2).scatter(np.arange(0, ROWS, 5), None),
            "y1": y + height / 2,
            "center": np.stack([x, y, width, height], axis=1).tolist(),
            "price": pl.Series(price).scatter(np.arange(0, ROWS, 6), None),
            "level": [LEVELS[at] for at in level],
            "rank": level + 1.0,
        }
    )


FRAME = frame()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sm.Run:
    facts = {"type": "number", "columns": ["a", "b", "c", "d"]}
    outputs = {
        "where": {"type": "box", "column": list(CORNERS), "image_size": [50, 80]},
        "center": {"type": "box", "form": "center_size", "loss": "smooth_l1"},
        "price": {"type": "quantiles", "quantiles": [0.1, 0.5, 0.9]},
        "level": {"type": "ordinal", "order": list(LEVELS)},
        "rank": {"type": "ordinal", "loss": "coral"},
    }
    recipe = sm.Recipe(
        FRAME,
        {"facts": facts},
        outputs,
        split={"valid": 0.1, "test": 0.4},
        stages=[sm.Stage(12, learning_rate=1e-2, batch_size=64)],
    )
    return sm.fit(recipe, tmp_path_factory.mktemp("outputs") / "run", cache=False)


@pytest.fixture(scope="module")
def predicted(run: sm.Run) -> pl.DataFrame:
    return run.predict(FRAME)


@pytest.fixture(scope="module")
def scores(run: sm.Run) -> Any:
    return by_name(run.evaluate())


def by_name(found: Any) -> Any:
    return {name: {s.name: s for s in each} for name, each in found.items()}


@pytest.fixture(scope="module")
def naive(run: sm.Run) -> Any:
    return by_name(run.naive_scores())


def test_boxes_are_learnt(scores, naive) -> None:
    assert scores["where"]["iou"].value > 0.5 > naive["where"]["iou"].value
    assert scores["where"]["mae"].value < 0.05 < naive["where"]["mae"].value
    assert scores["where"]["mae"].rows < scores["center"]["mae"].rows, "absent labels"
    # Without the size of the picture errors are in the boxes' own units.
    assert scores["center"]["mae"].value > 10 * scores["where"]["mae"].value


def test_boxes_are_predicted_in_their_form_and_scored_alike(run, predicted) -> None:
    ends = [f"where_{end}" for end in CORNERS]
    sizes = [f"center_{end}" for end in ("x", "y", "width", "height")]
    assert predicted.columns[:8] == [*ends, *sizes]
    assert (predicted["where_x1"] >= predicted["where_x0"]).all()
    assert (predicted["center_height"] > 0).all()
    boxes = predicted.select(ends).to_numpy() - FRAME.select(CORNERS).to_numpy()
    expected = np.nanmean(
        np.abs(boxes / [80, 50, 80, 50])[~np.isnan(boxes).any(axis=1)]
    )
    found = by_name(run.evaluate(FRAME))["where"]["mae"].value
    assert found == pytest.approx(expected, rel=1e-5)


def test_quantiles_are_calibrated_where_the_spread_changes(run, scores, naive) -> None:
    assert scores["price"]["coverage"].value == pytest.approx(0.8, abs=0.06)
    assert scores["price"]["calibration_error"].value < 0.04
    assert scores["price"]["pinball"].value < 0.8 * naive["price"]["pinball"].value
    places = (0.05, 0.95)
    rest = {name: [0.5, 0.5] for name in "bcd"}
    found = run.predict(pl.DataFrame({"a": places, **rest}))
    low, high = found["price_q90"] - found["price_q10"]
    assert high > 3 * low, "the spread depends on `a`: 2.56 deviations, of 3 and of 21"
    for end, deviations in (("q10", -1.2816), ("q50", 0.0), ("q90", 1.2816)):
        for row, x in enumerate(places):
            truth = 100 + 50 * x + deviations * (2 + 20 * x)
            assert found[f"price_{end}"][row] == pytest.approx(truth, abs=8)


def test_coverage_is_that_of_the_predicted_columns(run, predicted) -> None:
    low, high = predicted["price_q10"], predicted["price_q90"]
    inside = ((FRAME["price"] >= low) & (FRAME["price"] <= high)).mean()
    found = by_name(run.evaluate(FRAME))["price"]["coverage"].value
    assert found == pytest.approx(inside, abs=2e-3)
    assert predicted["price"].equals(predicted["price_q50"])


def test_ordered_classes_keep_their_order(run, scores, naive) -> None:
    for name in ("level", "rank"):
        assert scores[name]["kappa"].value > 0.8
        away = scores[name]["rank_error"].value
        assert away < 0.45 * naive[name]["rank_error"].value
    rest = {name: [0.5, 0.5, 0.5] for name in "bcd"}
    found = run.predict(pl.DataFrame({"a": [0.05, 0.4, 0.95], **rest}))
    assert found["level"].to_list() == ["low", "middle", "top"]
    assert found["rank"].to_list() == [1.0, 2.0, 4.0]
    shares = found.select([f"level_probability_{word}" for word in LEVELS])
    assert shares.sum_horizontal().to_list() == pytest.approx([1.0] * 3)


def test_all_of_it_comes_back_from_the_saved_run(run, predicted) -> None:
    assert sm.load(run.folder).predict(FRAME).equals(predicted)


def test_texts_without_an_order_are_refused(tmp_path) -> None:
    recipe = sm.Recipe(FRAME, {"a": "number"}, {"level": "ordinal"})
    with pytest.raises(
        DataError, match=r"column `level`.*order is not known.*order: \["
    ):
        sm.fit(recipe, tmp_path / "run", cache=False)


def test_the_outputs_that_the_documentation_shows_are_right() -> None:
    text = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    shown = {}
    for block in blocks:
        found = yaml.safe_load(block)
        shown.update(found.get("outputs", found))
    assert {"sold", "condition", "spot"} <= set(shown)
    data = {"data": "x.csv", "inputs": {"photo": "image"}, "outputs": shown}
    assert sm.Recipe.problems(data) == []
