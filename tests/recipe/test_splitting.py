from __future__ import annotations

from typing import Any

import pytest

from sensorium.data.split import Split
from sensorium.recipe.splitting import SplitDocument, split_of, split_problems


def test_nothing_said_holds_out_a_tenth_twice() -> None:
    assert split_of(None, 3, "y") == Split(valid=0.1, test=0.1, stratify="y", seed=3)


def test_lists_are_values_of_the_column() -> None:
    document = {"column": "fold", "test": [0], "valid": [1]}
    assert split_of(document, 0, None) == Split(
        column="fold", parts={"test": [0], "valid": [1]}
    )


def test_shares_and_values_may_stand_together() -> None:
    found = split_of({"column": "is_test", "test": [True], "valid": 0.2}, 0, None)
    assert found.parts == {"test": [True]}
    assert found.valid == 0.2


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"valdi": 0.1}, "Did you mean `valid`?"),
        ({"valid": "a lot"}, "expected a number or a list"),
        ({"valid": 1.5}, "must be above 0 and below 1"),
        ({"valid": 0.6, "test": 0.5}, "leaves nothing to train on"),
        ({"group": "a", "time": "b"}, "by group or by time"),
        ({"test": [0]}, "`parts` needs `column`"),
        ({"column": 3}, "expected a text"),
    ],
)
def test_mistakes_get_sentences(document: dict[str, Any], message: str) -> None:
    found = [str(problem) for problem in split_problems(document, "split")]
    assert len(found) == 1
    assert found[0].startswith("split")
    assert message in found[0]


def test_right_documents_have_no_problems() -> None:
    assert list(split_problems(None, "split")) == []
    assert list(split_problems({"test": 0.2, "group": "who"}, "split")) == []


def test_the_document_can_be_written_in_python() -> None:
    document = SplitDocument(test=0.2, group="who")
    assert (document.test, document.group, document.valid) == (0.2, "who", None)
