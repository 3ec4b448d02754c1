from __future__ import annotations

from pathlib import Path

import pytest

from sensorium.cli import main


def test_init_does_not_replace_a_file_by_mistake(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("mine")
    assert main(["init", str(table), "--target", "sold", "-o", str(recipe)]) == 1
    assert "the file exists already" in capsys.readouterr().err
    assert recipe.read_text() == "mine"
    done = main(["init", str(table), "--target", "sold", "-o", str(recipe), "--force"])
    assert done == 0


def test_what_it_writes_names_its_reasons(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(table), "--target", "sold"]) == 0
    text = capsys.readouterr().out
    assert "size" in text
    assert "region" in text
    assert text.count("#") >= 3


def test_an_unknown_target_gets_a_near_name(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(table), "--target", "solt"]) == 1
    assert "`sold`" in capsys.readouterr().err
