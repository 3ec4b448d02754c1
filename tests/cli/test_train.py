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


@pytest.mark.slow
def test_no_cache_keeps_nothing_and_takes_nothing(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    main(["init", str(table), "--target", "sold", "-o", str(recipe)])
    cache = tmp_path / ".sensorium-cache"
    shown = {}
    for name, options in (("a", ["--no-cache"]), ("b", []), ("c", ["--no-cache"])):
        run, epochs = str(tmp_path / name), ["--set", "stages.0.epochs=1"]
        before = sorted(cache.rglob("*"))
        assert main(["train", str(recipe), "-o", run, *epochs, *options]) == 0
        shown[name] = capsys.readouterr().err
        assert (sorted(cache.rglob("*")) == before) is (options != [])
    assert before != []
    assert "Stage `main`, at most 1 epoch" in shown["c"]
    assert "nothing it follows from has changed" not in shown["c"]
