"""Several tables and stages from the command line: checked, trained, trained again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sensorium.cli import main

RECIPE = """\
data: pairs.npz
tables:
  left: left.npz
inputs:
  a: {type: vector, encoder: {type: mlp, units: 4}}
  b: {type: vector, encoder: {type: mlp, units: 4}}
outputs:
  kind: classification
stages:
  - {type: pretrain, table: left, inputs: [a], epochs: 1}
  - {type: probe, epochs: 1, name: fuse}
  - {type: finetune, epochs: 1}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=(2, 60, 3)).astype("float32")
    kind = np.where(a[:, 0] + b[:, 0] > 0, "x", "y")
    np.savez(tmp_path / "pairs.npz", a=a, b=b, kind=kind)
    np.savez(tmp_path / "left.npz", a=a, kind=np.where(a[:, 0] > 0, "x", "y"))
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE)
    return path


def test_check_looks_at_every_table(recipe: Path, capsys) -> None:
    assert main(["check", str(recipe)]) == 0
    assert "120 rows" in capsys.readouterr().out
    np.savez(recipe.parent / "left.npz", aa=np.zeros((5, 3)), kind=["x"] * 5)
    assert main(["check", str(recipe)]) == 2
    error = capsys.readouterr().err
    assert "tables.left: " in error
    assert "has no column `a`. Did you mean `aa`?" in error


def test_only_what_changed_is_trained_again(recipe: Path, tmp_path, capsys) -> None:
    command = ["train", str(recipe), "-o", str(tmp_path / "runs" / "a")]
    assert main(command) == 0
    first = capsys.readouterr().err
    assert "a: 44 weights learn, rate 0.001" in first
    assert "weights frozen, its encodings are computed once" in first
    assert main(command) == 1
    assert "--resume" in capsys.readouterr().err
    assert main([*command, "--resume", "--set", "stages.2.epochs=2"]) == 0
    error = capsys.readouterr().err
    for kept in ("pretrain", "fuse"):
        assert f"Stage `{kept}`: nothing it follows from has changed" in error
    assert "Stage `finetune`, at most 2 epochs" in error


def test_mistakes_in_stages_are_told_before_anything_is_read(recipe, capsys) -> None:
    changes = [
        *("--set", "stages.0.table=lefft", "--set", "stages.1.freeze=[fusion]"),
        *("--set", "stages.2.learning_rate={aa: 0.1}"),
    ]
    assert main(["check", str(recipe), *changes]) == 2
    error = capsys.readouterr().err
    assert "`probe` has no argument `freeze`" in error
    assert "there is no table `lefft`. Did you mean `left`?" in error
    assert "stages.2.learning_rate: there is no part `aa`. Did you mean `a`?" in error
