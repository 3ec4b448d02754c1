from __future__ import annotations

import numpy as np
import pytest

from sensorium.pipeline.members import (
    member_heads,
    member_label,
    member_labels,
    presence_of,
    stacked_outputs,
)
from sensorium.training.dataset import LABEL
from tests.pipeline.made import OUTPUTS, QUICK, prepared, recipe_of, stager_of

INPUTS = ["x", "z"]
ARRAYS = {
    "x": np.zeros((4, 1)),
    "x/present": np.array([True, True, False, False]),
    "z": np.zeros((4, 1)),
    "z/present": np.array([True, False, True, False]),
    LABEL + "y": np.array([0, 1, 2, 3], "int32"),
    LABEL + "price": np.array([0.0, 1.0, 2.0, 3.0], "float32"),
    LABEL + "marks": np.arange(8.0, dtype="float32").reshape(4, 2),
}


def test_a_member_learns_from_rows_that_have_its_input_or_none() -> None:
    found = [member_label(ARRAYS, "y", name, INPUTS) for name in INPUTS]
    np.testing.assert_array_equal(found, [[0, 1, -1, 3], [0, -1, 2, 3]])
    assert found[0].dtype == np.int32
    marks = member_label(ARRAYS, "marks", "x", INPUTS)
    np.testing.assert_array_equal(
        np.isnan(marks).all(axis=1), [False] * 2 + [True, False]
    )
    price = member_label(ARRAYS, "price", "z", INPUTS)
    np.testing.assert_array_equal(price, [0, np.nan, 2, 3])


def test_an_input_that_a_table_lacks_is_absent() -> None:
    rest = {k: v for k, v in ARRAYS.items() if not k.startswith("z")}
    np.testing.assert_array_equal(presence_of(rest, INPUTS)[:, 1], [False] * 4)
    np.testing.assert_array_equal(presence_of(rest, INPUTS)[:, 0], ARRAYS["x/present"])


@pytest.fixture(scope="module")
def stager():
    stage = {"type": "stack", "freeze": ["z"], "loss_weights": {"y": 3.0}, **QUICK}
    rebuilt = {"type": "reconstruction", "of": "x"}
    recipe = recipe_of(
        inputs={"x": "number", "z": "number"},
        outputs={
            "y": WEIGHED,
            "price": PRICE_OUT,
            "again": rebuilt,
            "read": {**PRICE_OUT, **PRICE},
        },
        fusion={"type": "late", "mode": "stacking"},
        stages=[
            {"type": "pretrain", "inputs": ["z"], **QUICK},
            {**stage, "learning_rate": {"y": 0.5, "others": 0.25}},
        ],
    )
    return stager_of(recipe, prepared(recipe))


WEIGHED = {**OUTPUTS["y"], "sample_weight": "price"}
PRICE_OUT = OUTPUTS["price"]
PRICE = {"reads": "x", "column": "price"}


def test_outputs_that_read_one_input_or_rebuild_one_have_no_members(stager) -> None:
    _, folds, step = stager.recipe.steps()
    assert stacked_outputs(stager.network, folds) == ["y", "price"]
    heads, labels = member_heads(stager.network, step, stager.network.heads)
    named = {"y_of_x": "y", "y_of_z": "y", "price_of_x": "price", "price_of_z": "price"}
    assert labels == {"again": "again", "read": "read", **named}
    assert [heads[name].weight for name in named] == [1.5, 1.5, 0.5, 0.5]
    arrays = stager.prepared.parts["train"]
    found = member_labels(stager.network, step, arrays)
    assert set(found) == {LABEL + name for name in named}


def test_a_step_trains_members_by_the_settings_of_their_heads(stager) -> None:
    step = stager.recipe.steps()[-1]
    rows = np.array([1, 4, 7, 9])
    staged = stager.staged(step, {"": rows})
    rates = {row.part: row.rate for row in staged.learners}
    assert rates == {
        **dict.fromkeys(("x", "fusion", "price", "again", "read"), 0.25),
        "z": 0.0,
        "y": 0.5,
    }
    kernel = stager.network.heads["y"].output_layer.kernel
    assert staged.rates[id(kernel)] == 0.5
    assert staged.kept == ["z"]
    np.testing.assert_array_equal(np.sort(staged.training.rows(0)), rows)
    _, labels, counts = staged.training[0]
    assert {"y_of_x", "y_of_z"} <= set(counts)
    assert counts["y_of_z"].mean() > 10, "the column of prices"
    assert set(labels) == {"y_of_x", "y_of_z", "price_of_x", "price_of_z", "read"}
    assert len(staged.validation.rows(0)) > 4, "rows are chosen for training only"
