from __future__ import annotations

from typing import Any

import pytest

from sensorium.errors import RecipeError
from sensorium.nn.heads import Classification, Regression
from sensorium.pipeline.disposable import disposable_heads
from tests.pipeline.made import QUICK, frame, prepared, recipe_of

PRETRAIN = {"type": "pretrain", "inputs": ["x"], **QUICK}


def heads_of(stage: Any, held: set[str], **changes: Any) -> dict[str, Any]:
    recipe = recipe_of(stages=[{**PRETRAIN, **stage}, QUICK], **changes)
    return disposable_heads(recipe, recipe.steps()[0], prepared(recipe), held)


def test_copies_are_made_of_the_outputs_that_the_tables_have() -> None:
    assert list(heads_of({}, {"y", "price"})) == ["y", "price"]
    found = heads_of({"inputs": ["x", "z"]}, {"price"})
    assert list(found) == ["price_x", "price_z"]
    label, head = found["price_z"]
    assert label == "price"
    assert isinstance(head, Regression)
    assert (head.name, head.reads) == ("price_z", "z")


def test_heads_that_a_stage_names_have_labels_of_their_own() -> None:
    stage = {"heads": {"sort": {"type": "classification", "column": "kind"}}}
    [(name, (label, head))] = heads_of(stage, {"pretrain:sort"}).items()
    assert (name, label) == ("sort", "pretrain:sort")
    assert isinstance(head, Classification)
    assert head.num_classes == 3
    assert not head.built


def test_labels_that_no_table_has_are_said() -> None:
    stage = {
        "table": ["one", "two"],
        "heads": {"kind": "classification", "y": "classification"},
    }
    tables = {name: frame(seed=1).drop("kind") for name in ("one", "two")}
    with pytest.raises(RecipeError, match="has labels for its head `kind`"):
        heads_of(stage, {"pretrain:y"}, tables=tables)
