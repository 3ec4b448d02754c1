"""An encoder from a file and one from a run, fused by a recipe, then without both."""

from __future__ import annotations

import shutil

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.cli import main
from sensorium.nn.weight_names import weights_of
from tests.nn.encoders.models import classifier
from tests.nn.samples import array

ROWS = 60
DRAW = np.random.default_rng(0)
TABLE = {
    "photo": DRAW.integers(0, 256, (ROWS, 8, 8, 3)).astype("uint8"),
    "size": pl.Series(DRAW.normal(5.0, 2.0, ROWS)),
    "sold": pl.Series(["no", "yes"] * (ROWS // 2)),
}
SOLD = {"sold": {"type": "classification"}}
RECIPE = """
data: table.npz
inputs:
  photo:
    type: image
    encoder: {type: saved, path: photo.keras, at: pooled, trainable: false}
  kilos: {type: number, columns: size, encoder: {type: run, path: runs/size}}
outputs:
  sold: {type: classification}
stages:
  - {type: train, epochs: 1}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a saved model, the run of another recipe, and a table."""
    root = tmp_path_factory.mktemp("elsewhere")
    classifier().save(root / "photo.keras")
    inputs = {"size": {"type": "number"}}
    stages = [{"type": "train", "epochs": 1}]
    first = sm.Recipe(data=TABLE, inputs=inputs, outputs=SOLD, stages=stages)
    sm.fit(first, root / "runs" / "size", cache=False)
    arrays = {k: v if k == "photo" else v.to_numpy() for k, v in TABLE.items()}
    arrays["sold"] = arrays["sold"].astype(str)
    np.savez(root / "table.npz", **arrays)
    (root / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return root


@pytest.mark.slow
def test_both_are_fused_and_the_run_needs_neither(folder, tmp_path) -> None:
    recipe = sm.Recipe.from_yaml(folder / "recipe.yaml")
    run = sm.fit(recipe, folder / "runs" / "both", cache=False)
    given = sm.encoders.load(folder / "photo.keras", at="pooled")
    mine = run.network.weights_by_name()
    kept = weights_of("network", {"photo": given})
    assert len(kept) == 6
    for name, weight in kept.items():
        np.testing.assert_array_equal(mine[name], array(weight.value))
    shutil.copytree(folder / "runs" / "both", tmp_path / "alone")
    alone = sm.load(tmp_path / "alone")
    expected = run.predict(TABLE)["sold_probability"]
    np.testing.assert_array_equal(alone.predict(TABLE)["sold_probability"], expected)
    feature = sm.load(folder / "runs" / "size").features["size"]
    other = run.features["kilos"]
    one, two = (f.encode({"size": TABLE["size"]}).values for f in (feature, other))
    np.testing.assert_array_equal(one, two)


def test_check_names_what_will_not_be_found(folder, capsys) -> None:
    recipe = folder / "wrong.yaml"
    text = RECIPE.replace("photo.keras", "foto.keras").replace("runs/size", "runs/siz")
    recipe.write_text(text, encoding="utf-8")
    assert main(["check", str(recipe)]) == 2
    shown = capsys.readouterr().err
    assert "inputs.photo.encoder: " in shown
    assert "Did you mean `photo.keras`?" in shown
    assert "inputs.kilos.encoder: " in shown
