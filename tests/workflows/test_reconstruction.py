"""An output that makes an input again: trained, saved, its error told by row."""

from __future__ import annotations

import numpy as np
import pytest

import sensorium as sm

AGAIN = {"type": "reconstruction", "of": "a", "loss": "mae"}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> sm.Run:
    draw = np.random.default_rng(0)
    hidden = draw.normal(size=(400, 2))
    rows = {
        "a": (hidden @ draw.normal(size=(2, 6))).astype("float32"),
        "b": (hidden @ draw.normal(size=(2, 5))).astype("float32"),
        "y": hidden[:, 0],
    }
    recipe = sm.Recipe(
        rows,
        {"a": sm.Vector(), "b": sm.Vector()},
        {"y": "regression", "a_again": AGAIN},
        stages=[{"epochs": 40}],
    )
    return sm.fit(recipe, tmp_path_factory.mktemp("runs") / "a")


def test_a_row_that_is_unlike_the_others_is_made_again_badly(run) -> None:
    known = run.recipe.data
    rows = {name: known[name][:50].copy() for name in "ab"}
    rows["a"][0] = 8.0 * np.array([1, -1, 1, -1, 1, -1])
    rows["a"][1] = np.nan
    found = run.predict(rows)
    assert found.columns == ["y", "a_again_error", "error"]
    errors = found["a_again_error"].to_list()
    assert errors[1] is None
    assert errors[0] > 10 * np.median(errors[2:])


def test_the_error_is_the_same_after_loading(run) -> None:
    rows = {name: run.recipe.data[name][:5] for name in "ab"}
    again = sm.load(run.folder).predict(rows)
    assert again.equals(run.predict(rows))
    assert list(run.evaluate()) == ["y"]
