"""What the README shows is what the package takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np

import sensorium as sm
from sensorium.cli.main import build_parser

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_recipe_is_right_and_python_says_the_same() -> None:
    [text] = blocks("yaml")
    written = sm.Recipe.from_yaml(text)
    program = blocks("python")[0].partition("run = sm.fit")[0]
    names: dict[str, Any] = {}
    exec(program, names)  # our own README
    recipe = names["recipe"]
    assert recipe.inputs == written.inputs
    assert recipe.outputs == written.outputs
    assert recipe.fusion == written.fusion


def test_the_keras_parts_work_alone() -> None:
    program = blocks("python")[1]
    inner = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4)])
    names: dict[str, Any] = {
        "sm": sm,
        "my_keras_model": inner,
        "x1": np.ones((8, 3), "float32"),
        "x2": np.ones((8, 2, 2), "float32"),
        "y": np.zeros(8, "int32"),
    }
    exec(program, names)  # our own README
    outputs = names["network"].predict({"facts": names["x1"], "photo": names["x2"]})
    assert outputs["sold"].shape == (8, 2)


def test_every_command_is_one_that_the_parser_knows() -> None:
    lines = re.findall(r"^sensorium (.*?)(?:\s+#.*)?$", README, flags=re.MULTILINE)
    commands = [line.split() for line in lines if line.split()[0] != "joins"]
    assert len(commands) == 5
    for command in commands:
        assert build_parser().parse_args(command).verb == command[0]
