from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import polars as pl
import pytest

from sensorium.errors import RecipeError
from sensorium.nn.alignment import Alignment
from sensorium.nn.encoders.embedded import Embedded
from sensorium.pipeline.prepare import Prepared
from sensorium.pipeline.staging import Staged
from sensorium.recipe import Recipe
from sensorium.training.mixing import MixedBatches
from tests.nn.samples import array
from tests.pipeline.made import (
    ENCODER,
    INPUTS,
    QUICK,
    frame,
    prepared,
    recipe_of,
    stager_of,
)

Rows = dict[str, Prepared]


def staged(stage: Any, rows: Prepared | None = None, **changes: Any) -> Staged:
    recipe = recipe_of(stages=[{**QUICK, **stage}, QUICK], **changes)
    return first(recipe, prepared(recipe) if rows is None else rows)


def first(recipe: Recipe, rows: Prepared) -> Staged:
    return stager_of(recipe, rows).staged(recipe.steps()[0])


@pytest.fixture(scope="module")
def rows() -> Prepared:
    return prepared(recipe_of())


def test_a_plain_stage_takes_all_parts_and_rows(rows: Prepared) -> None:
    given = {"learning_rate": {"x": 0.5, "others": 0.25}, "input_balance": "none"}
    found = staged(given, rows)
    assert found.kept == []
    table = {row.part: (row.learns > 0, row.rate) for row in found.learners}
    assert table == {
        "x": (True, 0.5),
        "z": (True, 0.25),
        "fusion": (True, 0.25),
        "y": (True, 0.25),
        "price": (True, 0.25),
    }
    assert set(found.rates) == {id(v) for v in found.model.trainable_variables}
    inputs, labels = found.training[0]
    assert (set(inputs), set(labels)) == ({"x", "z"}, {"y", "price"})


@pytest.mark.parametrize(
    ("valid", "sizes"), [(16, [16]), (17, [9, 9]), (33, [11, 11, 11]), (5, [5])]
)
def test_batches_of_validation_weigh_alike(valid: int, sizes: list[int]) -> None:
    parts = pl.Series("part", ["train"] * 100 + ["valid"] * valid)
    data = frame(100 + valid).with_columns(parts)
    found = staged({}, data=data, split={"column": "part"})
    validation: Any = found.validation
    held = [validation[index][0]["x"] for index in range(len(validation))]
    assert [len(batch) for batch in held] == sizes
    order = [row for index in range(len(validation)) for row in validation.rows(index)]
    assert order == list(range(valid)), "validation rows are not shuffled"
    assert found.training.rows(0).tolist() != list(range(16))


def test_without_validation_rows_there_are_no_batches_of_them() -> None:
    assert staged({}, split={"test": 0.25}).validation is None


@pytest.mark.parametrize("change", [{"seed": 1}, {"stages": [{**QUICK, "name": "b"}]}])
def test_seed_and_stage_decide_the_order(rows: Prepared, change: Any) -> None:
    def order(**changes: Any) -> list[int]:
        training: Any = first(recipe_of(**changes), rows).training
        found: list[int] = training.rows(0).tolist()
        return found

    assert order() == order() != order(**change)


def test_what_frozen_encoders_say_is_their_input(rows: Prepared) -> None:
    found = staged({"type": "probe"}, rows)
    assert found.kept == ["x", "z"]
    model: Any = found.model
    assert all(isinstance(part, Embedded) for part in model.encoders.values())
    inputs, _ = found.training[0]
    assert inputs["x"].shape == (16, ENCODER["units"])
    assert [row.rate for row in found.learners] == [0, 0, 1e-3, 1e-3, 1e-3]
    only_x = staged({"freeze": ["x"]}, rows)
    assert only_x.kept == ["x"]
    assert only_x.training[0][0]["z"].shape == (16, 1)


def test_pretraining_leaves_fusion_and_the_recipes_heads_out(rows: Prepared) -> None:
    found = staged({"type": "pretrain", "inputs": ["x", "z"]}, rows)
    model: Any = found.model
    assert list(model.heads) == ["y_x", "price_x", "y_z", "price_z"]
    assert [row.part for row in found.learners] == ["x", "z", *model.heads]
    _, labels = found.training[0]
    np.testing.assert_array_equal(labels["y_x"], labels["y_z"])
    alone: Any = staged({"type": "pretrain", "inputs": ["z"]}, rows).model
    assert (list(alone.encoders), list(alone.heads)) == (["z"], ["y", "price"])


def test_several_tables_of_a_stage_lack_different_things() -> None:
    more = frame(64, seed=1).drop("x", "price")
    stage = {"table": ["data", "more"], "mixing": "round_robin"}
    found = staged(stage, tables={"more": more})
    assert isinstance(found.training, MixedBatches)
    (main, labels), (other, lacking) = found.training[0], found.training[1]
    assert set(main) == set(other) == {"x", "x/present", "z"}
    assert main["x/present"].all()
    assert not other["x/present"].any()
    assert set(labels) == set(lacking)
    assert np.isfinite(labels["price"]).all()
    assert np.isnan(lacking["price"]).all()
    assert (lacking["y"] >= 0).all()
    assert found.validation is not None


def test_an_input_that_no_table_has_is_absent_and_not_computed() -> None:
    more = frame(seed=1).drop("x")
    found = staged({"table": "more"}, tables={"more": more})
    model: Any = found.model
    assert isinstance(model.encoders["x"], Embedded)
    inputs, _ = found.training[0]
    assert inputs["x"].shape == (16, ENCODER["units"])
    assert not inputs["x/present"].any()


TEXT = {"type": "text", "encoder": {"type": "text_convolution", "units": 4}}


@pytest.mark.parametrize("stage", [{"table": "more"}, {"type": "probe"}])
@pytest.mark.parametrize(
    "fusion",
    [
        "cross_attention",
        *(pytest.param(f, marks=pytest.mark.slow) for f in ("perceiver", "bottleneck")),
    ],
)
def test_tokens_are_kept_and_absent_like_vectors(fusion: str, stage: Any) -> None:
    words = pl.Series("word", [f"a b{row % 5} c" for row in range(48)])
    found = staged(
        stage,
        data=frame().with_columns(words),
        tables={"more": frame(seed=1)},
        inputs={"x": INPUTS["x"], "word": TEXT},
        fusion={"type": fusion, "units": 4, "num_heads": 1, "num_layers": 1},
    )
    inputs, _ = found.training[0]
    assert inputs["word"].ndim == 3
    assert inputs["word"].shape[2] == found.model.encoders["word"].units + 1
    outputs = found.model(inputs)
    assert np.isfinite(array(outputs["price"])).all()


def test_alignment_has_rows_for_labels_and_spares_fixed_encoders(
    rows: Prepared,
) -> None:
    recipe = recipe_of(stages=[{"type": "align", "inputs": ["x", "z"], **QUICK}, QUICK])
    step = dataclasses.replace(recipe.steps()[0], learn=("x",))
    found = stager_of(recipe, rows).staged(step)
    assert isinstance(found.model, Alignment)
    assert {row.part: row.learns > 0 for row in found.learners} == {
        "x": True,
        "z": False,
    }
    learned = {id(v) for v in found.model.trainable_variables}
    assert learned.isdisjoint(id(v) for v in found.model.encoders["z"].weights)
    assert set(found.rates) == learned
    _, labels = found.training[0]
    assert set(labels) == {"rows"}


def test_teachers_are_the_encodings_before_the_stage(rows: Prepared) -> None:
    recipe = recipe_of(stages=[{"type": "distill", "freeze": ["z"], **QUICK}, QUICK])
    stager = stager_of(recipe, rows)
    found = stager.staged(recipe.steps()[0])
    inputs, labels = found.training[0]
    assert {name for name in labels if name.startswith("teacher")} == {"teacher_of_x"}
    expected = stager.network.encoders["x"](inputs["x"], training=False)
    np.testing.assert_allclose(labels["teacher_of_x"], array(expected), atol=1e-6)


def test_a_stage_without_any_labels_is_said() -> None:
    recipe = recipe_of(stages=[QUICK])
    rows = prepared(recipe)
    for arrays in rows.parts.values():
        for name in [n for n in arrays if n.startswith("label//")]:
            del arrays[name]  # type: ignore[attr-defined]
    with pytest.raises(RecipeError, match="no table of this stage has labels that it"):
        first(recipe, rows)


@pytest.mark.parametrize("table", ["data", "more"])
def test_heads_that_read_an_input_alone_see_its_vector_and_not_its_tokens(
    table: str,
) -> None:
    """Tokens are wider than the encoder's units, and kept ones have no vector."""
    words = pl.Series("word", [f"a b{row % 5} c" for row in range(48)])
    found = staged(
        {"type": "probe", "table": table},
        data=frame().with_columns(words),
        tables={"more": frame(seed=1)},
        inputs={"x": INPUTS["x"], "word": TEXT},
        outputs={
            "y": {"type": "classification", "reads": "word"},
            "price": "regression",
        },
        fusion={"type": "cross_attention", "units": 4, "num_heads": 1},
    )
    assert found.kept == ["x"]
    inputs, _ = found.training[0]
    model: Any = found.model
    outputs = model(inputs)
    expected = model.heads["y"](model.embed(inputs)["word"])
    assert model.embed(inputs)["word"].shape == (16, 4)
    np.testing.assert_allclose(array(outputs["y"]), array(expected), atol=1e-6)
