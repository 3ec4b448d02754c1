from __future__ import annotations

from pathlib import Path

import pytest

from sensorium.cli import main
from sensorium.cli.show import Watcher, changes, print_scores
from sensorium.evaluation.scores import Score


def test_set_changes_the_recipe(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    main(["init", str(table), "--target", "sold", "-o", str(recipe)])
    capsys.readouterr()
    assert main(["check", str(recipe), "--set", "stages.0.epochs=-3"]) == 2
    assert (
        "stages.0.epochs: expected a number greater than 0" in capsys.readouterr().err
    )
    assert main(["check", str(recipe), "--set", "epochs"]) == 2
    assert "expected PATH=VALUE" in capsys.readouterr().err


def test_values_of_set_are_read_as_yaml() -> None:
    found = changes(["a.b=3", "c=[1, 2]", "d=null", "e=x=y", "f=1e-3"])
    assert found == {"a.b": 3, "c": [1, 2], "d": None, "e": "x=y", "f": 1e-3}


def test_scores_are_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    scores = [
        Score("accuracy", 0.91234, 0.8, 1.0, 1234, True),
        Score("auc", None, None, None, 0, True),
    ]
    naive = {"sold": [Score("accuracy", 0.5, 0.4, 0.6, 1234, True)]}
    print_scores({"sold": scores}, naive)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == [
        *("sold", "accuracy", "0.9123", "0.8", "to", "1", "0.5", "1,234")
    ]
    assert lines[2].split() == ["sold", "auc", "-", "-", "-", "0"]


def test_training_is_shown_without_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    watcher = Watcher()
    watcher("prepare", {"data": "x.csv"})
    values = {"rows": {"train": 1200}, "notes": ["a note"], "unreadable": 2}
    watcher("prepared", {**values, "seconds": 1.0, "cached": False})
    watcher("stage", {"name": "main", "epochs": 3})
    watcher("epoch", {"epoch": 1, "loss": 0.5})
    watcher("saved", {"folder": "runs/a", "seconds": 2.0})
    error = capsys.readouterr().err
    for expected in ("x.csv", "1,200 train rows", "a note", "quarantine.csv", "runs/a"):
        assert expected in error
