from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from sensorium.cli import main


def test_training_says_what_it_does(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, run = tmp_path / "recipe.yaml", tmp_path / "run"
    main(["init", str(table), "--target", "sold", "-o", str(recipe)])
    done = main(["train", str(recipe), "-o", str(run), "--set", "stages.0.epochs=2"])
    assert done == 0
    shown = capsys.readouterr()
    assert "Encoded " in shown.err
    assert f"Saved {run}" in shown.err
    assert "accuracy" in shown.out
    out = tmp_path / "found.csv"
    assert main(["predict", str(run), str(table), "-o", str(out)]) == 0
    assert pl.read_csv(out).height == 60
