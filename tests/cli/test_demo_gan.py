from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from sensorium import games
from sensorium.cli import demo_gan


def test_a_short_game_leaves_a_picture_and_a_game(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"LEARNED_FROM": 128, "MADE": 200, "WIDTH": 4}.items():
        monkeypatch.setattr(demo_gan, name, value)
    demo_gan.play(str(tmp_path / "game"), epochs=1)
    shown = capsys.readouterr().out
    assert "made images, judged by the same" in shown
    assert "Next, try" in shown
    with Image.open(tmp_path / "game" / "digits.png") as picture:
        assert picture.size == ((10 * 10 + 2) * 7, (8 * 10 + 2) * 7)
    assert games.load(tmp_path / "game").sample(3).shape == (3, 8, 8, 1)


@pytest.mark.slow
def test_the_demo_learns_to_write_digits(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sensorium", "demo", "--which", "gan"]
    # Many steps of convolutions: a process that compiles them well is faster.
    env = {**os.environ, "JAX_DISABLE_MOST_OPTIMIZATIONS": "0"}
    place = {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**env, **place},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    scores = re.findall(r"  (\d\.\d\d)$", done.stdout, re.M)
    assert len(scores) == 3
    assert min(map(float, scores)) > 0.7  # chance: 0.1
    assert (tmp_path / "runs/demo-gan/digits.png").is_file()
