from __future__ import annotations

import copy
from typing import Any

import keras
import pytest

from sensorium.pipeline.prepare import Prepared
from sensorium.pipeline.step_keys import _of_step, step_keys
from sensorium.recipe import Recipe, build_network
from sensorium.training.stages.game import Game
from tests.pipeline.made import INPUTS, QUICK, frame, prepared, recipe_of

STAGES: list[dict[str, Any]] = [
    {"type": "pretrain", "inputs": ["x"], **QUICK},
    {"type": "probe", **QUICK},
    {"type": "finetune", **QUICK},
]


@pytest.fixture(scope="module")
def rows() -> Prepared:
    found = prepared(recipe_of(stages=STAGES))
    found.keys = {"": "rows"}
    return found


def keys(rows: Prepared, **changes: Any) -> list[str]:
    recipe = recipe_of(**{"stages": STAGES, **changes})
    return step_keys(recipe, rows, _network(recipe, rows))


def _network(recipe: Recipe, rows: Prepared) -> Any:
    keras.utils.set_random_seed(recipe.seed)
    return build_network(recipe, rows.features, rows.targets(recipe))


def same(rows: Prepared, **changes: Any) -> list[bool]:
    before, after = keys(rows), keys(rows, **changes)
    return [a == b for a, b in zip(before, after, strict=True)]


def stages(number: int, **changes: Any) -> list[Any]:
    found = copy.deepcopy(STAGES)
    found[number] |= changes
    return found


def test_keys_are_a_function_of_the_recipe_and_tell_steps_apart(
    rows: Prepared,
) -> None:
    assert same(rows) == [True, True, True]
    assert len(set(keys(rows))) == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"stages": stages(2, learning_rate=0.5)}, [True, True, False]),
        ({"stages": stages(1, epochs=2)}, [True, False, False]),
        ({"stages": stages(0, inputs=["z"])}, [False, False, False]),
        ({"stages": stages(0, heads={"y": "classification"})}, [False] * 3),
        ({"fusion": "gated"}, [True, False, False]),
        ({"trunk": {"units": 4}}, [True, False, False]),
        ({"modality_dropout": 0.5}, [True, False, False]),
        ({"inputs": {**INPUTS, "z": {"type": "number"}}}, [True, False, False]),
        ({"outputs": {"y": "classification"}}, [False, False, False]),
        ({"seed": 1}, [False, False, False]),
        ({"precision": "mixed_bfloat16"}, [False, False, False]),
        ({"max_bad": 0.5}, [True, True, True]),
    ],
)
def test_a_change_counts_from_the_first_step_that_it_touches(
    rows: Prepared, changes: Any, expected: list[bool]
) -> None:
    assert same(rows, **changes) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"stages": [{"type": "stack", "folds": 3, **QUICK}]},
        {"split": {"valid": 0.2, "group": "kind"}},
    ],
)
def test_how_folds_are_dealt_counts(rows: Prepared, changes: Any) -> None:
    given = {
        "fusion": {"type": "late", "mode": "stacking"},
        "stages": [{"type": "stack", **QUICK}],
    }
    before, after = keys(rows, **given), keys(rows, **{**given, **changes})
    assert set(before).isdisjoint(after)


def test_rows_and_fitted_states_count(rows: Prepared) -> None:
    before = keys(rows)
    rows.keys = {"": "other rows"}
    assert set(keys(rows)).isdisjoint(before)
    rows.keys = {"": "rows"}
    shifted = prepared(recipe_of(frame(seed=5), stages=STAGES))
    shifted.keys = {"": "rows"}
    assert set(keys(shifted)).isdisjoint(before)


def test_first_weights_count(rows: Prepared) -> None:
    """An encoder from a file may have changed there while its path is the same."""
    recipe = recipe_of(stages=STAGES)
    network = _network(recipe, rows)
    before = step_keys(recipe, rows, network)
    assert before == keys(rows)
    weight = network.encoders["z"].weights[0]
    weight.assign(weight + 1)
    after = step_keys(recipe, rows, network)
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, False]


@pytest.mark.parametrize("change", [{"loss": "hinge"}, {"noise": 8}, {"width": 8}])
def test_a_games_settings_count(change: Any) -> None:
    step = Game("x", **change).steps(recipe_of().parts())[0]
    first = Game("x").steps(recipe_of().parts())[0]
    assert _of_step(step) != _of_step(first)
