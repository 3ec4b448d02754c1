from __future__ import annotations

from pathlib import Path

import pytest

from sensorium.errors import Problem, RecipeError
from sensorium.schema import read_yaml, write_yaml


def test_words_that_old_yaml_takes_for_booleans_stay_words() -> None:
    assert read_yaml("a: no\nb: on\nc: y\nd: true\n").data == {
        "a": "no",
        "b": "on",
        "c": "y",
        "d": True,
    }


def test_numbers_with_exponents_are_numbers() -> None:
    data = read_yaml("a: 1e-3\nb: 2.5e4\nc: 5\nd: 007").data
    assert data["a"] == 1e-3
    assert data["b"] == 2.5e4
    assert data["c"] == 5


def test_a_key_that_stands_twice_is_refused_with_its_line() -> None:
    with pytest.raises(RecipeError, match="line 3: the key `a` stands here a second"):
        read_yaml("a: 1\nb: 2\na: 3\n")


def test_problems_get_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("data: x\nstages:\n  - epochs: -1\n")
    placed = read_yaml(path).place(Problem("stages.0.epochs", "is wrong."))
    assert str(placed) == "recipe.yaml:3: stages.0.epochs: is wrong."


def test_a_problem_of_a_missing_key_gets_the_line_of_its_parent() -> None:
    placed = read_yaml("a:\n  b: 1\n").place(Problem("a.c", "is missing."))
    assert str(placed) == ":1: a.c: is missing."


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "the document is empty"), ("a: [1", "this is not YAML")],
)
def test_what_is_no_document_is_refused(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        read_yaml(text)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="sensorium init"):
        read_yaml(tmp_path / "no.yaml")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: \xe4".encode("latin-1"))
    with pytest.raises(RecipeError, match="cannot be read"):
        read_yaml(path)


def test_written_yaml_reads_back_equal() -> None:
    data = {"b": [1, 2.5, None], "a": {"x": "no", "y": True}, "t": "1e-3"}
    assert read_yaml(write_yaml(data)).data == data
