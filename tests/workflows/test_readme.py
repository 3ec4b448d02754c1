"""What the README shows is what the package takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import yaml

import sensorium as sm
from sensorium.cli.main import build_parser

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_recipe_is_right_and_python_says_the_same() -> None:
    written = sm.Recipe.from_yaml(blocks("yaml")[0])
    program = blocks("python")[0].partition("run = sm.fit")[0]
    names: dict[str, Any] = {}
    exec(program, names)  # our own README
    recipe = names["recipe"]
    assert recipe.inputs == written.inputs
    assert recipe.outputs == written.outputs
    assert recipe.fusion == written.fusion


def test_the_recipe_of_several_tables_is_right() -> None:
    text = blocks("yaml")[1]
    steps = sm.Recipe.from_yaml(text).steps()
    assert [step.tables for step in steps] == [
        *(("pictures",), ("sounds",), (None,), (None,))
    ]
    assert [step.learn for step in steps[:3]] == [
        *(("picture",), ("sound",), ("fusion", "digit"))
    ]


def test_the_outputs_and_the_stage_of_many_losses_are_right() -> None:
    shown = yaml.safe_load(blocks("yaml")[2])
    inputs = {"photo": "image", "facts": "number"}
    document = {"data": "rows.csv", "inputs": inputs, **shown}
    assert sm.Recipe.problems(document) == []
    assert set(document) == {"data", "inputs", "outputs", "stages"}


def test_an_encoder_of_a_file_is_joined(tmp_path, monkeypatch) -> None:
    inputs = keras.Input((6,))
    code = keras.layers.Dense(2)(inputs)
    keras.Model(inputs, keras.layers.Dense(6)(code)).save(tmp_path / "photo.keras")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {
        "sm": sm,
        "my_keras_model": keras.Sequential([keras.layers.Dense(4)]),
        "heads": {"sold": sm.heads.Classification(2)},
    }
    exec(blocks("python")[2], names)  # our own README
    rows = {"photo": np.ones((3, 6), "float32"), "review": np.ones((3, 5), "float32")}
    assert names["network"].predict(rows)["sold"].shape == (3, 2)
    assert names["photo"].units == 2


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
