from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

from sensorium.schema.types import Fraction, Pair, Positive
from sensorium.schema.wording import expectation


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        (int, 1.5, "a whole number"),
        (float, "x", "a number"),
        (bool, 1, "true or false"),
        (str, 1, "a text"),
        (list[int], 1, "a list"),
        (Positive, 0, "a number greater than 0"),
        (Fraction, 1.0, "a number less than 1.0"),
        (Pair, [1], "at least 2 entries"),
        (Literal["a", "b"], "c", "one of 'a' or 'b'"),
    ],
)
def test_every_kind_of_error_is_said_in_plain_words(
    annotation: Any, value: Any, words: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(annotation, config=ConfigDict(strict=True)).validate_python(value)
    assert expectation(caught.value.errors()[0]) == words
