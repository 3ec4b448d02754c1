"""Every kind of stage on a tiny network: who learns, who stays as it was (X11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from sensorium.pipeline.prepare import Prepared
from sensorium.pipeline.staging import Staged
from tests.pipeline.made import (
    QUICK,
    bits,
    changed,
    frame,
    prepared,
    recipe_of,
    stager_of,
    take,
)

TOP = {"fusion", "y", "price"}
ALL = {"x", "z", *TOP}
FAST = {**QUICK, "learning_rate": 0.01}
HEADS = {"kind": "classification"}


@pytest.fixture(scope="module")
def rows() -> Prepared:
    stage = {"type": "pretrain", "inputs": ["x"], "heads": HEADS, **QUICK}
    return prepared(recipe_of(stages=[stage, QUICK]))


def taken(
    stage: Mapping[str, Any], rows: Prepared, **changes: Any
) -> tuple[list[set[str]], list[Staged], dict[str, bytes]]:
    """The parts that each of a stage's steps changed, the steps, the last weights."""
    recipe = recipe_of(stages=[{**FAST, **stage}, {"name": "last", **QUICK}], **changes)
    stager = stager_of(recipe, rows)
    found, steps, before = [], [], bits(stager.network)
    for step in recipe.steps()[:-1]:
        steps.append(take(stager, step))
        after = bits(stager.network)
        found.append(set(changed(before, after)))
        before = after
    return found, steps, before


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ({"type": "train", "freeze": ["z", "heads"]}, [{"x", "fusion"}]),
        ({"type": "pretrain", "inputs": ["x"], "heads": HEADS}, [{"x"}]),
        ({"type": "autoencode", "inputs": ["z"]}, [{"z"}]),
        ({"type": "align", "inputs": ["x", "z"], "units": 3}, [{"x", "z"}]),
        ({"type": "probe"}, [TOP]),
        ({"type": "unfreeze", "groups": 1}, [TOP, ALL]),
        ({"type": "distill", "freeze": ["z"]}, [ALL - {"z"}]),
    ],
    ids=lambda value: value.get("type") if isinstance(value, dict) else "",
)
def test_frozen_parts_keep_every_bit_and_all_others_learn(
    stage: dict[str, Any], expected: list[set[str]], rows: Prepared
) -> None:
    assert taken(stage, rows)[0] == expected


@pytest.mark.slow
def test_alpha_of_a_distillation_counts(rows: Prepared) -> None:
    stage = {"type": "distill", "epochs": 3, "input_balance": "none"}
    weak, strong = (taken({**stage, "alpha": alpha}, rows)[2] for alpha in (1e-6, 1e3))
    first = bits(stager_of(recipe_of(), rows).network)

    def moved(after: Mapping[str, bytes]) -> float:
        return sum(
            float(np.abs(array(after[name]) - array(first[name])).sum())
            for name in after
            if name.startswith(("x/", "z/"))
        )

    def array(content: bytes) -> np.ndarray:
        return np.frombuffer(content, "float32")

    assert moved(strong) < 0.7 * moved(weak)


def test_tables_of_one_stage_may_lack_inputs_and_labels() -> None:
    """A part learns from the tables that have what it needs; nothing else moves it."""
    stage = {"table": ["one", "two"], "mixing": "equal"}
    tables = {
        "one": frame(seed=1).drop("z", "price"),
        "two": frame(32, seed=2).drop("z", "y"),
    }
    recipe = recipe_of(tables=tables, stages=[{**FAST, **stage}, QUICK])
    found, [step], _ = taken(stage, prepared(recipe), tables=tables)
    assert found == [ALL - {"z"}]
    assert {row.part for row in step.learners} == ALL
