"""The one way from raw rows to predictions: a row's answer depends on the row alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from sensorium.data import read
from sensorium.errors import DataError, RecipeError
from sensorium.features import Reading
from sensorium.run import Predictor, predictor
from sensorium.run.encoding import encode_rows
from sensorium.run.predictor import block_rows
from tests.nn.samples import array
from tests.run.small_run import frame, untrained

MANY = 1100  # more than two blocks of 512


@pytest.fixture(scope="module")
def one() -> Predictor:
    trained = untrained()
    return Predictor(trained.features, trained.targets, trained.network)


@pytest.fixture(scope="module")
def arrays(one: Predictor) -> dict[str, np.ndarray]:
    """Many encoded rows."""
    columns: Any = frame(MANY).to_dict(as_series=True)
    return encode_rows(one.features, columns, Reading()).arrays


@pytest.fixture(scope="module")
def outputs(one: Predictor, arrays) -> dict[str, np.ndarray]:
    return one.outputs(arrays)


def taken(arrays: dict[str, np.ndarray], rows: Any) -> dict[str, np.ndarray]:
    return {name: array[rows] for name, array in arrays.items()}


def equal(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[name], two[name]) for name in one)


# --- the network's outputs ---


def test_outputs_are_those_of_the_network(one, arrays, outputs) -> None:
    few = taken(arrays, slice(64))
    expected = one.network(few, training=False)
    for name in expected:
        np.testing.assert_allclose(
            outputs[name][:64], array(expected[name]), rtol=1e-4, atol=1e-5
        )
    assert {name: array.shape for name, array in outputs.items()} == {
        "sold": (MANY, 2),
        "grade": (MANY, 3),
        "price": (MANY,),
        "marks": (MANY, 2),
    }


def test_a_row_gives_the_same_bits_at_any_place(one, arrays, outputs) -> None:
    order = np.random.default_rng(0).permutation(MANY)
    assert equal(one.outputs(taken(arrays, order)), taken(outputs, order))


@pytest.mark.parametrize("count", [1, 2, 15, 511, 512, 513])
def test_a_row_gives_the_same_bits_among_any_number(one, arrays, outputs, count):
    rows = slice(7, 7 + count)
    assert equal(one.outputs(taken(arrays, rows)), taken(outputs, rows))


def test_a_row_gives_the_same_bits_beside_wild_neighbours(one, arrays, outputs) -> None:
    wild = {name: array.copy() for name, array in arrays.items()}
    wild["size"][1::2] *= 1e30
    wild["colour/present"][1::2] ^= True
    assert equal(
        taken(one.outputs(wild), slice(0, None, 2)), taken(outputs, slice(0, None, 2))
    )


def test_the_network_sees_blocks_of_one_shape_only(one, arrays, monkeypatch) -> None:
    shapes = []
    forward = one._forward

    def seen(block):
        shapes.append({len(array) for array in block.values()})
        return forward(block)

    monkeypatch.setattr(one, "_forward", seen)
    one.outputs(arrays)
    one.outputs(taken(arrays, slice(3)))
    assert shapes == [{512}] * 4


@pytest.mark.parametrize(
    ("values", "expected"),
    [(1, 512), (512, 512), (513, 256), (10_000, 16), (10**7, 16)],
)
def test_blocks_are_powers_of_two_of_about_a_megabyte(values, expected) -> None:
    class Wide:
        def shape(self) -> tuple[int, ...]:
            return (values,)

    features: Any = {"wide": Wide()}
    assert block_rows(features) == expected


# --- from raw rows ---


def test_columns_have_the_users_names_in_the_order_of_the_recipe(one) -> None:
    found = one.predict(read(frame(5)))
    assert found.columns == [
        "sold",
        "sold_probability",
        "grade",
        "grade_probability_bad",
        "grade_probability_fine",
        "grade_probability_good",
        "price",
        "marks",
        "marks_probability_a",
        "marks_probability_b",
        "error",
    ]
    assert found.height == 5
    assert found["error"].null_count() == 5
    assert found.drop("error").null_count().row(0) == (0,) * 10


def test_labels_are_not_needed(one) -> None:
    rows = frame(5)
    inputs = rows.select("colour", "height", "width")
    assert one.predict(read(inputs)).equals(one.predict(read(rows)))


def test_chunks_keep_rows_in_order_and_bits_equal(one, monkeypatch) -> None:
    table = read(frame(50))
    whole = one.predict(table)
    for rows in (1, 7, 50):
        monkeypatch.setattr(predictor, "ENCODED_ROWS", rows)
        assert one.predict(table).equals(whole)


def test_narrow_rows_are_encoded_twice_as_many_at_once(one, monkeypatch) -> None:
    seen = []
    encode = predictor.encode_rows

    def counted(features, columns, reading):
        seen.append(len(next(iter(columns.values()))))
        return encode(features, columns, reading)

    monkeypatch.setattr(predictor, "encode_rows", counted)
    monkeypatch.setattr(predictor, "ENCODED_ROWS", 10)
    one.predict(read(frame(40)))
    assert seen == [20, 20]
    monkeypatch.setattr(predictor, "FEW_VALUES", 0)
    one.predict(read(frame(40)))
    assert seen[2:] == [10] * 4


def with_bad_rows(count: int = 20) -> pl.DataFrame:
    """The widths of rows 5 and 12, from 0, cannot be read."""
    widths = frame(count)["width"].cast(pl.String).to_list()
    widths[5] = widths[12] = "wide"
    return frame(count).with_columns(pl.Series("width", widths))


def test_bad_rows_are_kept_in_their_place(one) -> None:
    clean = one.predict(read(frame(20)))
    found = one.predict(read(with_bad_rows()))
    bad = pl.Series([row in (5, 12) for row in range(20)])
    assert found["error"].is_not_null().equals(bad)
    assert found.filter(~bad).equals(clean.filter(~bad))
    assert found["error"][5].startswith("size: column `width`: ")
    assert all(found[name].is_null()[12] for name in found.columns if name != "error")


def test_bad_inputs_can_count_as_absent(one) -> None:
    found = one.predict(read(with_bad_rows()), "absent")
    without = frame(20).with_columns(
        pl.when(pl.int_range(20).is_in([5, 12]))
        .then(None)
        .otherwise(pl.col(n))
        .alias(n)
        for n in ("width", "height")
    )
    assert found.drop("error").equals(one.predict(read(without)).drop("error"))
    assert found["error"].is_not_null().arg_true().to_list() == [5, 12]


def test_bad_rows_can_be_refused_by_their_number_in_the_table(one, monkeypatch) -> None:
    monkeypatch.setattr(predictor, "ENCODED_ROWS", 4)
    rows = with_bad_rows()[8:]
    with pytest.raises(DataError, match=r"table, row 5: 1 rows cannot be read"):
        one.predict(read(rows), "refuse")
    good = one.predict(read(frame(20)), "refuse")
    assert good.equals(one.predict(read(frame(20))))


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("kept", "Did you mean `keep`?"),
        ("raise", "Choose one of"),
        (None, "Choose one"),
    ],
)
def test_a_wrong_word_for_bad_rows_is_refused(one, word, hint) -> None:
    with pytest.raises(DataError, match=f"there is no `on_error={word!r}`") as caught:
        one.predict(read(frame(1)), word)
    assert hint in str(caught.value)


def test_no_rows_give_no_rows_in_the_same_types(one) -> None:
    schema = one.predict(read(frame(3))).schema
    for rows in (frame(3)[:0], {name: [] for name in frame().columns}):
        for on_error in ("keep", "absent", "refuse"):
            found = one.predict(read(rows, empty=True), on_error)
            assert (found.height, found.schema) == (0, schema)


def test_an_answer_that_is_no_number_is_an_error(one) -> None:
    weights = one.network.get_weights()
    try:
        one.network.set_weights([np.full_like(weight, np.nan) for weight in weights])
        broken = Predictor(one.features, one.targets, one.network)
        found = broken.predict(read(frame(2)))
    finally:
        one.network.set_weights(weights)
    assert found.drop("error").null_count().row(0) == (2,) * 10
    assert "gives no number for `sold`, `grade`, `price`, `marks`" in found["error"][1]


def test_missing_columns_are_named_together(one) -> None:
    rows = frame(2).rename({"width": "widht"}).drop("colour", "price")
    with pytest.raises(RecipeError) as caught:
        one.predict(read(rows))
    assert [str(problem) for problem in caught.value.problems] == [
        "inputs.size: table has no column `width`. Did you mean `widht`?",
        "inputs.colour: table has no column `colour`. "
        "It has `widht`, `height`, `sold`, `grade`, `marks`.",
    ]
    with pytest.raises(RecipeError) as caught:
        one.check(read(rows), labels=True)
    assert caught.value.problems[-1].path == "outputs.price"
