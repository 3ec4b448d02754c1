"""Games that cannot be played are found before anything is read."""

from __future__ import annotations

from typing import Any

import pytest

import sensorium as sm
from sensorium.errors import RecipeError

INPUTS: dict[str, Any] = {"photo": "image", "scan": {"type": "image"}, "x": "number"}
GAME = {"type": "game", "input": "photo"}
TAKEN = (
    "It takes `input`, `epochs`, `name`, `table`, `loss`, `noise`, `width`, "
    "`learning_rate`, `batch_size`."
)


def problems(inputs: dict[str, Any] = INPUTS, **stage: Any) -> list[str]:
    try:
        sm.Recipe("x.csv", inputs, {"y": "classification"}, stages=[stage, {}])
    except RecipeError as error:
        return [f"{problem.path}: {problem.message}" for problem in error.problems]
    return []


@pytest.mark.parametrize("name", ["game", "photos (2nd)", "Bilder_ä-1.0"])
def test_a_game_of_an_image_is_right(name) -> None:
    assert problems(**GAME, name=name) == []
    sized = {**INPUTS, "photo": {"type": "image", "size": [8, 9]}}
    assert problems(sized, **GAME, table="data") == []


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ({"type": "game"}, "stages.0.input: `game` needs this argument."),
        (
            {**GAME, "input": "foto"},
            "stages.0.input: there is no input `foto`. Did you mean `photo`?",
        ),
        (
            {**GAME, "input": "x"},
            "stages.0.input: `x` is a number input, and a game makes pictures. Inputs "
            "that are images: `photo`, `scan`.",
        ),
        (
            {**GAME, "loss": "wasserstein"},
            "stages.0.loss: expected one of 'non_saturating', 'least_squares' or "
            "'hinge'. Received: 'wasserstein'.",
        ),
        (
            {**GAME, "table": "other"},
            "stages.0.table: there is no table `other`. Name it under `tables:`.",
        ),
        (
            {**GAME, "table": ["data"]},
            "stages.0.table: expected a text. Received: ['data'].",
        ),
        (
            {**GAME, "learning_rate": {"foto": 0.1}},
            "stages.0.learning_rate: there is no part `foto`. Did you mean `photo`?",
        ),
    ],
)
def test_mistakes_are_named_with_their_path(stage, expected) -> None:
    assert problems(**stage) == [expected]


@pytest.mark.parametrize("name", ["a/b", "..", "", "a\\b", "a:b", "-x", "x" * 101])
def test_a_name_that_no_file_can_have(name) -> None:
    [text] = problems(**GAME, name=name)
    assert text == (
        "stages.0.name: a game's files are called after it, and no file is called "
        f"{name!r}. Take letters, digits, spaces and `-_.,+()`."
    )


def test_pictures_must_not_be_too_small() -> None:
    small = {**INPUTS, "photo": {"type": "image", "size": [8, 7]}}
    assert problems(small, **GAME) == [
        "stages.0.input: pictures of `photo` are 8 x 7 pixels, and a game needs at "
        "least 8 on each side. Change `inputs.photo.size`."
    ]


def test_a_recipe_without_images() -> None:
    [text] = problems({"x": "number"}, type="game", input="x")
    assert text.endswith("a game makes pictures. The recipe has no image.")


def test_an_encoder_that_does_not_learn() -> None:
    fixed = {"type": "saved", "path": "x.keras", "trainable": False}
    frozen = {**INPUTS, "photo": {"type": "image", "encoder": fixed}}
    assert problems(frozen, **GAME) == [
        "stages.0: all its encoders say `trainable: false`: it trains nothing."
    ]


@pytest.mark.parametrize("word", ["patience", "augment", "monitor", "freeze", "mixing"])
def test_settings_that_say_nothing_to_a_game_are_refused(word) -> None:
    assert problems(**GAME, **{word: 1}) == [
        f"stages.0.{word}: `game` has no argument `{word}`. {TAKEN}"
    ]
