from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sensorium.cli import main

VERBS = ("demo", "init", "check", "train", "evaluate", "predict")


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
