"""Columns of predictions: their names, values and types, and rows without an answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import DataError
from sensorium.features import Reading
from sensorium.run.predictions import (
    prediction_columns,
    prediction_table,
    unanswered,
)

READING = Reading(where="shop.csv")


def category(*labels: Any) -> Any:
    return sm.Category("c").fit({"c": pl.Series([*labels, *labels])})


def shown(columns: list[pl.Series]) -> dict[str, list[Any]]:
    return {column.name: column.to_list() for column in columns}


def test_two_classes_have_the_probability_of_the_second() -> None:
    decoded = {"probability": np.array([[0.9, 0.1], [0.25, 0.75]])}
    columns = prediction_columns("sold", category("no", "yes"), decoded)
    assert shown(columns) == {"sold": ["no", "yes"], "sold_probability": [0.1, 0.75]}


def test_more_classes_have_a_probability_each() -> None:
    decoded = {"probability": np.array([[0.2, 0.5, 0.3]])}
    columns = prediction_columns("grade", category("bad", "fine", "good"), decoded)
    assert shown(columns) == {
        "grade": ["fine"],
        "grade_probability_bad": [0.2],
        "grade_probability_fine": [0.5],
        "grade_probability_good": [0.3],
    }


def test_classes_keep_their_type_and_name_their_columns() -> None:
    decoded = {"probability": np.array([[0.1, 0.2, 0.7]])}
    columns = prediction_columns("digit", category(1, 2, 10), decoded)
    assert [column.name for column in columns[1:]] == [
        f"digit_probability_{digit}" for digit in (1, 2, 10)
    ]
    assert columns[0].to_list() == [10]
    assert columns[0].dtype.is_integer()


def test_a_number_stands_under_the_outputs_name() -> None:
    target = sm.Number("n").fit({"n": pl.Series([1.0, 2.0])})
    [column] = prediction_columns("price", target, {"value": np.array([1.5, -2.0])})
    assert (column.name, column.to_list()) == ("price", [1.5, -2.0])
    assert column.dtype == pl.Float64


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"m": pl.Series([["a"], ["b", "a"]])}, [["a"], []]),
        (
            {"a": pl.Series([1, 0]), "b": pl.Series([0, 1])},
            [{"a": True, "b": False}, {"a": False, "b": False}],
        ),
    ],
    ids=["labels", "switches"],
)
def test_flags_have_a_probability_each(columns, expected) -> None:
    target = sm.Flags(list(columns) if "a" in columns else "m").fit(columns)
    decoded = {"probability": np.array([[0.75, 0.25], [0.5, 0.0]])}
    assert shown(prediction_columns("marks", target, decoded)) == {
        "marks": expected,
        "marks_probability_a": [0.75, 0.5],
        "marks_probability_b": [0.25, 0.0],
    }


# --- rows without an answer ---


def columns() -> list[pl.Series]:
    return [
        pl.Series("sold", ["no", "yes", "no"]),
        pl.Series("sold_probability", [0.1, 0.9, 0.2]),
        pl.Series("marks", [["a"], [], ["b"]]),
    ]


def test_without_errors_all_are_there_and_the_error_is_null() -> None:
    found = prediction_table(columns(), {}, "keep", READING)
    assert found.columns == ["sold", "sold_probability", "marks", "error"]
    assert found["error"].to_list() == [None] * 3
    assert found.schema["error"] == pl.String
    assert found.drop("error").equals(pl.DataFrame(columns()))


def test_keep_empties_unreadable_rows_in_their_place() -> None:
    found = prediction_table(columns(), {1: "photo: broken"}, "keep", READING)
    assert found["error"].to_list() == [None, "photo: broken", None]
    assert found["sold"].to_list() == ["no", None, "no"]
    assert found["sold_probability"].to_list() == [0.1, None, 0.2]
    assert found["marks"].to_list() == [["a"], None, ["b"]]
    assert found.schema == prediction_table(columns(), {}, "keep", READING).schema


def test_absent_keeps_the_answer_and_gives_the_reason() -> None:
    found = prediction_table(columns(), {1: "photo: broken"}, "absent", READING)
    assert found["error"].to_list() == [None, "photo: broken", None]
    assert found["sold"].to_list() == ["no", "yes", "no"]


def test_refuse_names_the_first_row_of_the_table_and_how_many() -> None:
    reading = Reading(where="shop.csv", first_row=4096)
    with pytest.raises(DataError) as caught:
        prediction_table(columns(), {2: "why", 1: "photo: broken"}, "refuse", reading)
    assert str(caught.value) == (
        "shop.csv, row 4,098: 2 rows cannot be read. Received: 'photo: broken'. "
        "Mend them, or predict with `on_error='keep'`."
    )


def test_refuse_has_nothing_against_good_rows() -> None:
    found = prediction_table(columns(), {}, "refuse", READING)
    assert found.equals(prediction_table(columns(), {}, "keep", READING))


@pytest.mark.parametrize("on_error", ["keep", "absent"])
def test_a_row_without_an_answer_is_empty(on_error) -> None:
    failed = {0: "no number"}
    found = prediction_table(columns(), {2: "unread"}, on_error, READING, failed)
    assert found["error"].to_list() == ["no number", None, "unread"]
    last = None if on_error == "keep" else "no"
    assert found["sold"].to_list() == [None, "yes", last]


def test_a_row_without_an_answer_is_refused() -> None:
    with pytest.raises(DataError, match="row 1: 1 rows"):
        prediction_table(columns(), {}, "refuse", READING, {0: "no number"})


def test_rows_whose_answer_is_no_number_are_found() -> None:
    nan, inf = float("nan"), float("inf")
    decoded = {
        "sold": {"id": np.zeros(4), "probability": np.array([[1, 0], [nan, 1]] * 2)},
        "price": {"value": np.array([1.0, nan, -inf, 2.0])},
    }
    assert unanswered(decoded) == {
        1: "the network gives no number for `sold`, `price`; "
        "are the row's values very large?",
        2: "the network gives no number for `price`; are the row's values very large?",
        3: "the network gives no number for `sold`; are the row's values very large?",
    }
    assert unanswered({"price": {"value": np.zeros(0)}}) == {}
