"""The examples run as a user runs them, and reach far more than the naive answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

# Example -> a score that it prints, and what that score must reach. The naive answer
# reaches 0.20, 0.00, 0.50 and 0.10; the examples 0.83, 0.85, 0.95 and 0.97.
REACHED = {
    "two_inputs": ("accuracy", 0.7),
    "one_table_category_number": ("r2", 0.7),
    "one_table_text_number": ("balanced_accuracy", 0.85),
    "one_table_image_number": ("accuracy", 0.9),
}
LONGEST = 120


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(REACHED)


@pytest.mark.parametrize("name", REACHED)
def test_an_example_is_short(name: str) -> None:
    lines = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < LONGEST


@pytest.mark.parametrize("name", REACHED)
def test_an_example_prints_scores_far_above_the_naive(
    name: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), str(tmp_path / "run")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    score, reached = REACHED[name]
    found = re.search(
        rf"^  {score} +(\d\.\d+)  \((\d\.\d+) to (\d\.\d+)\)$", done.stdout, re.M
    )
    assert found, done.stdout
    value, low, high = map(float, found.groups())
    assert low <= value <= high
    assert value > reached, done.stdout
    assert (tmp_path / "run" / "model.sensorium").is_file()
