"""The examples run as a user runs them, and reach far more than the naive answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

# Example -> how the line with its score begins, and what that score must reach. Naive
# answers reach 0.20, 0.00, 0.50 and 0.10; the examples 0.80, 0.85, 0.95 and 0.97.
REACHED = {
    "two_inputs": ("concat", 0.7),
    "one_table_category_number": ("r2", 0.7),
    "one_table_text_number": ("balanced_accuracy", 0.85),
    "one_table_image_number": ("accuracy", 0.9),
    "segmentation_and_box": ("mask iou", 0.3),
    "image_and_text_regression": ("r2", 0.06),  # a hard target: 0.18
}
# Example -> pairs of figures that it prints, the larger first, and how far they must
# be apart; measured were about twice these distances.
BETTER = {
    "two_autoencoders_concat": [
        ("both, fused", "upper alone", 0.05),
        ("both, fused", "lower alone", 0.1),
        ("fused, without upper", "lower alone", -0.15),  # not far below it
        ("fused, without lower", "upper alone", -0.1),
    ],
    "two_encoders_two_datasets": [
        ("taught first", "from scratch", 0.02),
        ("taught first, no upper", "from scratch, no upper", 0.03),
        ("taught first, no lower", "from scratch, no lower", 0.02),
        ("taught first", "taught first, no upper", 0.05),
    ],
    "two_autoencoders_weighted": [
        ("fixed", "upper alone", 0.025),
        ("learnt by input", "upper alone", 0.025),
        ("learnt by dimension", "upper alone", 0.025),
        ("learnt by input", "lower alone", 0.1),
    ],
    "two_autoencoders_late_fusion": [
        ("upper alone", "both, concatenated", 0.015),
        ("lower alone", "both, concatenated", 0.015),
        ("left alone", "both, averaged", 0.004),
        ("right alone", "both, averaged", 0.004),
    ],
    "adversarial": [
        ("made, before training", "made, after training", 0.5),
        ("real, not trained on", "made, after training", -0.8),  # not far above it
    ],
}
# What is given beside the folder, to be quick; and where under it the run stands.
QUICK = ("one_table_text_number",)
WORDS = {
    "two_inputs": ("concat", "multiply"),
    "segmentation_and_box": ("2",),
    "image_and_text_regression": ("20",),
    "adversarial": ("30",),
}
PLACE = {"two_inputs": "concat", "image_and_text_regression": "both"}
OPTIMIZED = ("adversarial",)  # convolutions in many steps: compiling is the least
PATH = {"PYTHONPATH": str(EXAMPLES.parent)}
LONGEST = 120


def printed(name: str, folder: Path) -> str:
    """What an example prints when it runs as a user runs it, with no variable set."""
    env = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    # Compiling takes most of the time of such small networks.
    env["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "0" if name in OPTIMIZED else "1"
    done = subprocess.run(
        [
            sys.executable,
            str(EXAMPLES / f"{name}.py"),
            str(folder),
            *WORDS.get(name, ()),
        ],
        capture_output=True,
        text=True,
        env={**env, **PATH},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*REACHED, *BETTER}


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem
)
def test_an_example_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] * (n not in QUICK)) for n in REACHED],
)
def test_an_example_prints_scores_far_above_the_naive(
    name: str, tmp_path: Path
) -> None:
    text = printed(name, tmp_path / "run")
    score, reached = REACHED[name]
    found = re.search(
        rf"^  {score} +(\d\.\d+)  \((\d\.\d+) to (\d\.\d+)\)$", text, re.M
    )
    assert found, text
    value, low, high = map(float, found.groups())
    assert low <= value <= high
    assert value > reached, text
    assert (tmp_path / "run" / PLACE.get(name, "") / "model.sensorium").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", BETTER)
def test_an_example_prints_that_both_are_better_than_one(
    name: str, tmp_path: Path
) -> None:
    text = printed(name, tmp_path / "run")
    pairs = re.findall(r"^  (\S.*?) +(\d\.\d+)", text, re.M)
    figures = {label: float(value) for label, value in pairs}
    for larger, smaller, distance in BETTER[name]:
        assert figures[larger] > figures[smaller] + distance, text
