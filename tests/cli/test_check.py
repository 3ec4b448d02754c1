from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sensorium.cli import main


def test_init_check_and_a_mistake(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    assert main(["init", str(table), "--target", "sold", "-o", str(recipe)]) == 0
    assert "sensorium train" in capsys.readouterr().out
    assert main(["check", str(recipe)]) == 0
    assert "no mistakes. 60 rows" in capsys.readouterr().out
    recipe.write_text(recipe.read_text().replace("classification", "clasification"))
    assert main(["check", str(recipe)]) == 2
    assert "Did you mean `classification`?" in capsys.readouterr().err
    assert main(["check", str(recipe), "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["mistakes"]
    assert found[0]["path"].endswith("outputs.sold.type")


def test_check_needs_no_keras(table: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    assert main(["init", str(table), "--target", "sold", "-o", str(recipe)]) == 0
    code = (
        "import sys; from sensorium.cli import main\n"
        f"assert main(['check', {str(recipe)!r}]) == 0\n"
        "assert 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_check_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Sensorium recipe"
    assert main(["check"]) == 2
    assert "expected a recipe" in capsys.readouterr().err


def test_a_table_without_the_columns_is_said_before_keras(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "data: houses.csv\ninputs: {sise: number, regoin: category}\n"
        "outputs: {sold: classification}\n"
    )
    assert main(["check", str(recipe)]) == 2
    error = capsys.readouterr().err
    assert "no column `sise`. Did you mean `size`?" in error
    assert "no column `regoin`. Did you mean `region`?" in error
