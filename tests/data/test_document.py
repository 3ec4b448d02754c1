"""How a recipe names a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensorium.data import (
    describe_document,
    document_problems,
    is_document,
    read,
    read_document,
)
from sensorium.errors import DataError, RecipeError


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "a.csv").write_text("id,x,label\n1,5,u\n2,6,v\n")
    (tmp_path / "b.csv").write_text("nr,y,label\n2,8,v\n3,9,w\n")
    return tmp_path


JOIN = {
    "join": ["a.csv", {"data": "b.csv", "rename": {"label_b": "label"}}],
    "on": {"a.csv": "id", "b.csv": "nr"},
    "how": "outer",
}


def test_a_path_starts_from_the_folder(folder) -> None:
    assert read_document("a.csv", folder).columns == ("id", "x", "label")
    assert read_document(folder / "a.csv").folder == folder


def test_columns_can_be_renamed(folder) -> None:
    document = {"data": "a.csv", "rename": {"score": "x"}}
    assert read_document(document, folder).columns == ("id", "score", "label")


def test_a_join_is_read(folder) -> None:
    table = read_document(JOIN, folder)
    assert table.columns == ("id", "x", "label", "y", "label_b")
    assert table.head()["id"].to_list() == [1, 2, 3]
    assert table.head()["label_b"].to_list() == [None, "v", "w"]


def test_its_tables_may_have_names_and_be_joins(folder) -> None:
    inner = {"join": {"one": "a.csv", "two": "a.csv"}, "on": "id", "how": "left"}
    with pytest.raises(DataError, match="one and two: both have the columns `x`"):
        read_document(inner, folder)
    nested = {
        "join": [JOIN, {"data": "b.csv", "rename": {"z": "y", "label_c": "label"}}],
        "on": {"left": "id", "right": "nr"},
        "how": "inner",
        "rename": {"key": "id"},
        "as_text": True,
    }
    table = read_document(nested, folder)
    assert table.columns == ("key", "x", "label", "y", "label_b", "z", "label_c")
    assert table.head()["z"].to_list() == [8, 9]


def test_python_values_are_read_as_they_are(folder) -> None:
    columns = {"data": [1, 2], "x": [3, 4]}
    assert not is_document(columns)
    assert read_document(columns).columns == ("data", "x")
    table = read(columns)
    assert read_document(table) is table
    assert read_document({"data": table, "rename": {"y": "x"}}).columns == ("data", "y")


def test_a_document_is_known_from_columns() -> None:
    assert is_document(JOIN)
    assert is_document({"data": "a.csv"})
    assert not is_document("a.csv")
    assert not is_document({"train": "a.csv", "test": "b.csv"})


def test_people_read_the_files_names() -> None:
    assert describe_document("a.csv") == "a.csv"
    assert describe_document(JOIN) == "a.csv + b.csv"
    assert describe_document({"join": {"x": "a.csv", "y": "b.csv"}}) == "a.csv + b.csv"
    assert describe_document({"x": [1]}) == "a table"


@pytest.mark.parametrize(
    "document",
    [
        "a.csv",
        Path("a.csv"),
        {"data": "a.csv"},
        JOIN,
        {**JOIN, "many": "left", "as_text": True},
        {"join": ["x/m.csv", "y/m.csv"], "on": {"left": "id", "right": "id"}},
        {"join": {"p": "a.csv", "q": JOIN}, "on": {"p": ["a"], "q": ["b"]}},
    ],
)
def test_a_right_document_has_no_problems(document) -> None:
    assert document_problems(document) == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (" ", "data: expected the path of a table, not an empty text."),
        (None, "data: expected a path or a join. Received: None."),
        ({}, "data: expected `data`, a path, or a join: `{join: [photos"),
        ({"dat": "a.csv"}, "data.dat: there is no such key here. Did you mean `data`?"),
        ({"data": "a.csv", "split": {}}, "data.split: there is no such key here."),
        ({"data": {"data": 7}}, "data.data.data: expected a path or a join."),
        ({"join": ["a.csv"], "on": "id"}, "data.join: expected two tables or more"),
        ({"join": ["a.csv", ""], "on": "id"}, "data.join.1: expected the path"),
        ({"join": ["a", "b"]}, "data: a join needs `on`"),
        ({"join": ["a", "b"], "on": 7}, "data.on: expected a column, a list of"),
        ({"join": ["a", "b"], "on": {"c": "id", "b": "id"}}, "data.on.c: there is no"),
        ({"join": ["a", "b"], "on": {"a": "id"}}, "data.on: names 1 of 2 tables."),
        ({"join": ["a", "b"], "on": {"a": 1, "b": "x"}}, "data.on.a: expected a col"),
        (
            {"join": ["a", "b"], "on": {"a": "x", "b": ["x", "y"]}},
            "data.on: every table needs as many key columns as the others.",
        ),
        ({**JOIN, "how": "full"}, "data.how: expected inner or left or outer. Rec"),
        ({**JOIN, "how": "oter"}, "Did you mean `outer`?"),
        ({**JOIN, "many": "right"}, "data.many: expected left. Received: 'right'."),
        ({**JOIN, "as_text": "yes"}, "data.as_text: expected true or false."),
        ({**JOIN, "rename": ["x"]}, "data.rename: expected `{new: old}`."),
        ({**JOIN, "rename": {"x": 1}}, "data.rename.x: expected the old name, a text"),
        ({**JOIN, "rename": {"x": "a", "y": "a"}}, "column `a` is given two names."),
    ],
)
def test_a_mistake_is_named_with_its_place(document, expected) -> None:
    problems = document_problems(document)
    assert any(expected in str(problem) for problem in problems)
    if isinstance(document, dict):
        with pytest.raises(RecipeError if is_document(document) else DataError):
            read_document(document)


def test_every_mistake_is_named_at_once() -> None:
    document = {"join": ["a", {"dat": "b"}], "hov": "left", "many": 2, "rename": 3}
    paths = [problem.path for problem in document_problems(document, "tables.both")]
    assert sorted(paths) == [
        "tables.both",
        "tables.both.hov",
        "tables.both.join.1",
        "tables.both.join.1.dat",
        "tables.both.many",
        "tables.both.rename",
    ]


def test_keys_of_the_caller_may_stand_beside(folder) -> None:
    document = {"data": "a.csv", "split": {"valid": 0.1}}
    assert document_problems(document, "tables.a", ["split"]) == []
    assert len(read_document(document, folder, ["split"])) == 2
