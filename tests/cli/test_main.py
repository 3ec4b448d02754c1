from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from sensorium.cli import main

VERBS = ("demo", "init", "check", "train", "evaluate", "predict")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "houses.csv"
    rows = [f"{i * 7 % 13},{'north' if i % 3 else 'south'},{i % 2}" for i in range(60)]
    path.write_text("size,region,sold\n" + "\n".join(rows) + "\n")
    return path


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for verb in VERBS:
        assert f"    {verb} " in text


def test_wrong_usage_exits_with_2() -> None:
    for arguments in ([], ["tain"], ["train", "x.yaml"], ["predict", "run"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom sensorium.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'keras', 'jax', 'polars', 'numpy', 'pydantic', 'rich'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


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


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["check", "no.yaml"], 2, "there is no such file"),
        (["train", "no.yaml", "-o", "run"], 2, "there is no such file"),
        (["evaluate", "no_run"], 1, "there is no such run"),
        (["predict", "no_run", "x.csv", "-o", "x.txt"], 1, "cannot write this kind"),
        (
            ["predict", "no_run", "x.csv", "-o", "no/x.csv"],
            1,
            "there is no such folder",
        ),
        (["init", "no.csv", "--target", "y"], 1, "no.csv"),
    ],
)
def test_a_missing_thing_gets_a_sentence(
    arguments: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


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
