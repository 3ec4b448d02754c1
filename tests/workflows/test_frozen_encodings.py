"""X13: encodings of frozen encoders are computed once and change no result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.pipeline import learning
from sensorium.pipeline.embeddings import Embeddings
from sensorium.pipeline.learning import Places
from sensorium.pipeline.prepare import Prepared
from sensorium.pipeline.staging import Stager
from tests.pipeline.made import (
    INPUTS,
    frame,
    prepared,
    recipe_of,
    stager_of,
    take,
    trained,
)

PROBE = {
    "type": "probe",
    "epochs": 3,
    "batch_size": 16,
    "learning_rate": 0.02,
    "optimizer": "sgd",  # Adam makes steps of rounding where a gradient is zero
}
TRANSFORMER = {
    "type": "transformer",
    "units": 5,
    "embedding_dim": 4,
    "num_heads": 1,
    "num_layers": 1,
    "dropout": 0.3,
}
FUSIONS = {
    "concat": {"type": "concat", "units": 4, "dropout": 0.3},
    "cross_attention": {"type": "cross_attention", "units": 4, "num_heads": 1},
}


def fusing(fusion: str) -> sm.Recipe:
    """A number and a text that is missing in every seventh row."""
    table = frame()
    words = [
        f"{y} a b{row % 5}" if row % 7 else None for row, y in enumerate(table["y"])
    ]
    return recipe_of(
        table.with_columns(word=pl.Series(words)),
        inputs={"x": INPUTS["x"], "word": {"type": "text", "encoder": TRANSFORMER}},
        fusion=FUSIONS[fusion],
        modality_dropout=0.2,
        stages=[{"type": "train"}, PROBE],
    )


def probed(
    recipe: sm.Recipe, rows: Prepared
) -> tuple[list[str], dict[str, np.ndarray]]:
    stager = stager_of(recipe, rows)
    staged = take(stager, recipe.steps()[1])
    return staged.kept, stager.network.weights_by_name()


@pytest.mark.parametrize(
    "fusion", ["concat", pytest.param("cross_attention", marks=pytest.mark.slow)]
)
def test_weights_are_the_same_with_and_without(
    fusion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = fusing(fusion)
    rows = prepared(recipe)
    kept, cached = probed(recipe, rows)
    assert kept == ["x", "word"]
    monkeypatch.setattr(Stager, "_is_frozen", lambda *_: False)
    kept, computed = probed(recipe, rows)
    assert kept == []
    for name, weight in computed.items():
        np.testing.assert_allclose(cached[name], weight, atol=1e-5, err_msg=name)


@pytest.mark.slow
def test_encodings_are_computed_once_for_all_stages_and_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Embeddings] = []

    def keep(prepared: Prepared, folder: Path | None) -> Embeddings:
        made.append(Embeddings(prepared, folder))
        return made[-1]

    monkeypatch.setattr(learning, "Embeddings", keep)
    quick = {**PROBE, "epochs": 1}
    pretrain = {"type": "pretrain", "inputs": ["x", "z"], "epochs": 1}
    rows = prepared(recipe_of())
    for name in ("one", "two"):
        stages = [pretrain, quick, {**quick, "name": name}]
        trained(recipe_of(stages=stages), rows, places=Places(tmp_path))
    assert [found.computed for found in made] == [4, 0]  # two inputs, two parts
