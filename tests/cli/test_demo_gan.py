from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from sensorium import games
from sensorium.cli import main
from sensorium.cli.demo_gan import play


def test_a_short_game_leaves_a_picture_and_a_game(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play(str(tmp_path / "game"), epochs=1)
    shown = capsys.readouterr().out
    assert "made images, judged by the same" in shown
    assert "Next, try" in shown
    with Image.open(tmp_path / "game" / "digits.png") as picture:
        assert picture.size == ((10 * 10 + 2) * 7, (8 * 10 + 2) * 7)
    assert games.load(tmp_path / "game").sample(3).shape == (3, 8, 8, 1)


@pytest.mark.slow
def test_the_demo_learns_to_write_digits(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--which", "gan"]) == 0
    shown = capsys.readouterr().out
    scores = [float(score) for score in re.findall(r"  (\d\.\d\d)$", shown, re.M)]
    assert len(scores) == 3
    assert min(scores) > 0.7  # chance: 0.1
    assert (tmp_path / "runs/demo-gan/digits.png").is_file()
