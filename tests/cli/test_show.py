from __future__ import annotations

from pathlib import Path

import pytest

from sensorium.cli import main
from sensorium.cli.show import Watcher, changes, print_scores
from sensorium.evaluation.scores import Score
from sensorium.training import History
from sensorium.training.freezing import Learner


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
    learners = [
        Learner("photo", 0, 9000, 0.0),
        Learner("facts", 40, 50, 1e-4),
        Learner("fusion", 60, 60, 1e-3),
    ]
    stage = {"name": "main", "epochs": 3, "learners": learners, "kept": ["photo"]}
    watcher("stage", {**stage, "resumed": 1})
    watcher("epoch", {"epoch": 1, "loss": 0.5})
    history = History("main", [{"seconds": 2.0, "val_loss": 0.25}], 1)
    watcher("stage_end", {"name": "main", "history": history})
    watcher("kept", {"name": "first", "history": {"epochs": [], "best_epoch": 0}})
    watcher("saved", {"folder": "runs/a", "seconds": 2.0})
    error = capsys.readouterr().err
    for expected in (
        *("x.csv", "1,200 train rows", "a note", "quarantine.csv", "runs/a"),
        "Stage `main`, at most 3 epochs",
        "goes on after epoch 1",
        "photo: 9,000 weights frozen, its encodings are computed once",
        "facts: 40 of 50 weights learn, rate 0.0001",
        "fusion: 60 weights learn, rate 0.001",
        "1 epochs in 2.0 s, the best was 1 (loss 0.25)",
        "Stage `first`: nothing it follows from has changed",
    ):
        assert expected in error


def test_a_game_has_no_best_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    watcher = Watcher()
    watcher.shown = -100.0  # long ago
    losses = {"discriminator_loss": 1.25, "generator_loss": 0.75}
    watcher("epoch", {"epoch": 1, **losses})
    history = History("game", [{"epoch": 1, "seconds": 2.0, **losses}], 1)
    watcher("stage_end", {"name": "game", "history": history})
    error = capsys.readouterr().err
    assert "discriminator 1.2500, generator 0.7500" in error
    assert "1 epochs in 2.0 s, the last is kept" in error


def test_a_stacked_fusion_says_what_it_trusts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    weights = {"sold": {"photo": 0.751, "facts": 0.249}}
    Watcher()("combination", {"weights": weights})
    assert "`sold` trusts photo 0.75, facts 0.25" in capsys.readouterr().err
