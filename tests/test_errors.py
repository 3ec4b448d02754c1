"""The words that every message is made of."""

from __future__ import annotations

import pytest

from sensorium.errors import (
    ArtifactError,
    DataError,
    MissingExtraError,
    NotFittedError,
    Problem,
    RecipeError,
    RunError,
    TrainingError,
    listing,
    near,
    sentence,
    short,
)


def test_a_sentence_says_where_what_was_expected_what_came_and_what_to_do() -> None:
    text = sentence(
        "rows.csv, column `age`, row 4", "expected a number", "41 ans", "Fix the row."
    )
    assert text == (
        "rows.csv, column `age`, row 4: expected a number. "
        "Received: '41 ans'. Fix the row."
    )


def test_a_sentence_leaves_out_what_is_not_known() -> None:
    assert sentence("", "the file is empty") == "the file is empty."
    assert sentence("a.csv", "no rows", fix="Add some.") == "a.csv: no rows. Add some."


@pytest.mark.parametrize("value", [0, "", False])
def test_a_sentence_shows_values_that_are_empty(value) -> None:
    assert f"Received: {value!r}." in sentence("x", "expected more", received=value)


def test_short_cuts_long_values() -> None:
    assert short("a" * 100) == "'" + "a" * 76 + "..."
    assert len(short("a" * 100)) == 80
    assert short("a" * 78) == repr("a" * 78)


def test_near_finds_the_nearest_word_whatever_its_case() -> None:
    assert near("Prize", ["price", "beds"]) == "Did you mean `price`?"
    assert near("PRICE", ["Price"]) == "Did you mean `Price`?"


def test_near_says_nothing_where_nothing_is_near() -> None:
    assert near("zzz", ["price", "beds"]) == ""
    assert near("price", []) == ""


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, ""),
        (1, "c0"),
        (5, "c0, c1, c2, c3, c4"),
        (6, "c0, c1, c2, c3, c4 and 1 more"),
        (17, "c0, c1, c2, c3, c4 and 12 more"),
    ],
)
def test_listing_shows_five_and_counts_the_rest(count, expected) -> None:
    assert listing([f"c{number}" for number in range(count)]) == expected


def test_one_mistake_of_a_recipe_is_the_message_itself() -> None:
    error = RecipeError([Problem("inputs.photo", "expected an image.")])
    assert str(error) == "inputs.photo: expected an image."


def test_several_mistakes_of_a_recipe_are_all_in_the_message_in_order() -> None:
    problems = [
        Problem("b", "is wrong."),
        Problem("a", "is too."),
        Problem("", "Also."),
    ]
    error = RecipeError(iter(problems))
    assert error.problems == tuple(problems)
    assert str(error) == "3 mistakes:\n  b: is wrong.\n  a: is too.\n  Also."


def test_an_artifact_error_has_a_word_for_programs() -> None:
    assert ArtifactError("a byte differs", "checksum").reason == "checksum"
    assert ArtifactError("refused").reason == "invalid"


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (RecipeError, ValueError),
        (DataError, ValueError),
        (NotFittedError, RuntimeError),
        (TrainingError, RuntimeError),
        (RunError, OSError),
        (ArtifactError, OSError),
        (MissingExtraError, ImportError),
    ],
)
def test_each_error_is_caught_as_its_builtin(error, builtin) -> None:
    with pytest.raises(builtin, match="words"):
        raise error([Problem("", "words")] if error is RecipeError else "words")
