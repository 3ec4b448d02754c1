"""What a text feature says of values and set-ups it cannot use."""

import sys

import polars as pl
import pytest

from sensorium.errors import DataError, MissingExtraError, RecipeError
from sensorium.features.text import Text

CASES = [
    (
        pl.Series("review", [b"\x89PNG"]),
        "column `review`: expected a text, not bytes. Received: b'\\x89PNG'. "
        "Decode the bytes first, or use `image` for pictures.",
    ),
    (
        pl.Series("review", [["a", "b"]]),
        "column `review`: expected a text. Received: ['a', 'b'].",
    ),
    (
        pl.Series("review", [{"a": 1}]),
        "column `review`: expected a text. Received: {'a': 1}.",
    ),
    (
        pl.Series("review", [1 + 2j], dtype=pl.Object),
        "column `review`: expected a text. Received: (1+2j).",
    ),
]


@pytest.mark.parametrize(("column", "message"), CASES)
def test_a_cell_that_is_no_text_is_an_error_of_its_row(column, message) -> None:
    text = Text(min_count=1).fit({"review": pl.Series(["a b"])})
    encoded = text.encode({"review": column})
    assert dict(encoded.errors) == {0: message}
    assert not encoded.present[0]


def test_a_missing_extra_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtraError) as caught:
        Text(tokens="subwords").fit({"review": pl.Series(["a"])})
    assert str(caught.value) == (
        '`tokens="subwords"` needs the package tokenizers. '
        'Install it with `pip install "sensorium[subword]"`.'
    )


def test_an_unknown_way_to_split_is_refused() -> None:
    with pytest.raises(RecipeError, match="'words', 'ngrams' or 'subwords'"):
        Text(tokens="letters")


def test_a_restored_text_says_why_it_cannot_be_merged() -> None:
    text = Text(min_count=1).fit({"review": pl.Series(["a b"])})
    restored = Text(min_count=1).restore(text.state())
    with pytest.raises(DataError) as caught:
        restored.merge(text)
    assert str(caught.value) == (
        "a restored text feature cannot be merged. Fit again on the rows of both."
    )
