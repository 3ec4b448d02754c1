from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from sensorium import demo
from sensorium.cli import main


@pytest.mark.slow
def test_the_demo_learns_and_says_what_to_try_next(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    assert "A few predictions" in shown
    accuracy = next(line for line in shown.splitlines() if "accuracy" in line)
    assert float(accuracy.split()[2]) > 0.6  # always the largest group: 0.2
    for command in ("sensorium evaluate", "sensorium predict", "sensorium init"):
        assert command in shown
    table = str(demo.table_path())
    assert main(["predict", "runs/demo", table, "-o", "found.csv"]) == 0
    assert pl.read_csv("found.csv").height == pl.read_parquet(table).height
