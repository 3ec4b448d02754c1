from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.data.split import TRAIN
from sensorium.errors import DataError, RecipeError
from sensorium.pipeline import prepare as module
from sensorium.pipeline import tables
from sensorium.pipeline.prepare import prepare
from sensorium.pipeline.storage import MemoryCollector
from sensorium.pipeline.tables import divide
from sensorium.run.state import state_arrays, state_documents

ROWS = 60
FRAME = pl.DataFrame(
    {
        "x": np.sin(np.arange(ROWS)),
        "word": [f"w{row % 7}" for row in range(ROWS)],
        "text": [f"a text of row{row % 9}" for row in range(ROWS)],
        "y": [("no", "yes")[row % 2] for row in range(ROWS)],
        "part": ["train"] * 40 + ["valid"] * 8 + ["test"] * 12,
    }
)
INPUTS = {"x": "number", "word": "category", "text": "text"}


def recipe_of(data: Any, **changes: Any) -> sm.Recipe:
    document = {
        "inputs": INPUTS,
        "outputs": {"y": "classification"},
        "split": {"column": "part"},
    }
    return sm.Recipe(data, **{**document, **changes})


def prepared(recipe: sm.Recipe) -> module.Prepared:
    return prepare(recipe, MemoryCollector())


def test_every_row_goes_to_its_part_in_order() -> None:
    found = prepared(recipe_of(FRAME))
    assert found.rows() == {"train": 40, "valid": 8, "test": 12}
    expected = [0 if y == "no" else 1 for y in FRAME["y"][40:48]]
    assert found.parts["valid"]["label//y"].tolist() == expected
    assert found.parts["train"]["x/present"].all()


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = prepared(recipe_of(FRAME))
    monkeypatch.setattr(tables, "CHUNK", 7)
    pieces = prepared(recipe_of(FRAME))
    for part, arrays in whole.parts.items():
        for name, array in arrays.items():
            np.testing.assert_allclose(pieces.parts[part][name], array, atol=1e-6)
    states = [state_documents(p.features, p.labels) for p in (whole, pieces)]
    assert states[0] == states[1]
    first, second = (state_arrays(p.features, p.labels) for p in (whole, pieces))
    for name, array in first.items():
        np.testing.assert_allclose(second[name], array, rtol=1e-12)
        if "moments" not in name:
            np.testing.assert_array_equal(second[name], array, name)
    for name in ("x", "word", "text"):  # quantiles and vocabularies merge exactly
        one, two = (p.parts["test"][name] for p in (whole, pieces))
        np.testing.assert_array_equal(one, two, name)


@pytest.mark.parametrize("chunk", [tables.CHUNK, 7])
def test_a_bad_training_value_is_named_by_its_row(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(tables, "CHUNK", chunk)
    values = [str(value) for value in FRAME["x"]]
    values[31] = "many"
    parts = ["test" if row % 3 == 0 else "train" for row in range(ROWS)]
    frame = FRAME.with_columns(pl.Series("x", values), pl.Series("part", parts))
    with pytest.raises(DataError, match="column `x`, row 32: ") as caught:
        prepared(recipe_of(frame))
    assert "Received: 'many'" in str(caught.value)


def test_only_training_rows_fit() -> None:
    strange = FRAME.with_columns(
        pl.when(pl.col("part") == "train").then(pl.col("word")).otherwise(pl.lit("z")),
        pl.when(pl.col("part") == "train").then(pl.col("x")).otherwise(pl.lit(1e6)),
    )
    both = [prepared(recipe_of(frame)) for frame in (FRAME, strange)]
    one, two = (state_documents(p.features, p.labels) for p in both)
    assert one == two
    one, two = (state_arrays(p.features, p.labels) for p in both)
    assert {n: a.tobytes() for n, a in one.items()} == {
        n: a.tobytes() for n, a in two.items()
    }


def test_given_files_are_the_parts(tmp_path: Path) -> None:
    for part in ("train", "valid", "test"):
        FRAME.filter(pl.col("part") == part).write_csv(tmp_path / f"{part}.csv")
    data = {part: str(tmp_path / f"{part}.csv") for part in ("train", "valid", "test")}
    found = prepared(recipe_of(data, split=None))
    expected = prepared(recipe_of(FRAME))
    assert found.rows() == expected.rows()
    for part, arrays in expected.parts.items():
        np.testing.assert_array_equal(found.parts[part]["text"], arrays["text"])


def test_training_rows_alone_can_be_given() -> None:
    frames = {"train": FRAME[:40], "test": FRAME[40:]}
    assert prepared(recipe_of(frames)).rows() == {"train": 40, "test": 20}
    assert prepared(recipe_of({"train": FRAME})).rows() == {"train": ROWS}


def test_a_dict_of_columns_is_one_table() -> None:
    found = prepared(recipe_of(FRAME.to_dict(as_series=False)))
    assert found.rows() == {"train": 40, "valid": 8, "test": 12}


def test_a_path_is_looked_up_from_the_recipes_folder(tmp_path: Path) -> None:
    FRAME.write_csv(tmp_path / "table.csv")
    text = "data: table.csv\ninputs: {x: number}\noutputs: {y: classification}\n"
    (tmp_path / "recipe.yaml").write_text(text)
    recipe = sm.Recipe.from_yaml(tmp_path / "recipe.yaml")
    assert divide(recipe)[0].divided[0].table.num_rows == ROWS


def test_unreadable_labels_are_listed_and_absent() -> None:
    frame = FRAME.with_columns(
        pl.when(pl.int_range(pl.len()) == 45).then(pl.lit("new")).otherwise(pl.col("y"))
        .alias("y")
    )  # fmt: skip
    found = prepared(recipe_of(frame))
    [unreadable] = found.unreadable
    assert (unreadable.part, unreadable.row, unreadable.name) == ("valid", 46, "y")
    assert found.parts["valid"]["label//y"][5] == -1
    assert found.quarantine().splitlines()[1].startswith("valid,46,y,")


@pytest.mark.parametrize(("bad", "allowed"), [(4, 0.1), (5, 0.1), (0, 0.0)])
def test_max_bad_is_a_share_of_the_training_rows(bad: int, allowed: float) -> None:
    pictures = [b"" if row < bad else None for row in range(ROWS)]
    frame = FRAME.with_columns(pl.Series("photo", pictures, dtype=pl.Binary))
    inputs = {**INPUTS, "photo": {"type": "image", "size": [2, 2]}}
    recipe = recipe_of(frame, inputs=inputs, max_bad=allowed)
    if bad / 40 <= allowed:
        assert len(prepared(recipe).unreadable) == bad
    else:
        with pytest.raises(DataError, match=r"12\.5% of the 40 training rows"):
            prepared(recipe)


def test_a_row_is_bad_once_however_much_of_it_is() -> None:
    pictures = pl.Series([b"" if row < 4 else None for row in range(ROWS)])
    frame = FRAME.with_columns(one=pictures, two=pictures)
    picture = {"type": "image", "size": [2, 2]}
    inputs = {"x": "number", "one": picture, "two": picture}
    found = prepared(recipe_of(frame, inputs=inputs, max_bad=0.1))  # 4 of 40 rows
    assert [(u.row, u.name) for u in found.unreadable] == [
        (row, name) for row in (1, 2, 3, 4) for name in ("one", "two")
    ]
    assert found.parts["train"]["one/present"].sum() == 0


def test_rows_that_are_not_used_cannot_be_too_many() -> None:
    pictures = pl.Series([b"" if row >= 40 else None for row in range(ROWS)])
    inputs = {"x": "number", "photo": {"type": "image", "size": [2, 2]}}
    split = {"column": "part", "train": ["train"], "test": ["test"]}
    frame = FRAME.with_columns(photo=pictures)
    found = prepared(recipe_of(frame, inputs=inputs, split=split, max_bad=0.0))
    assert [u.part for u in found.unreadable] == ["unused"] * 8 + ["test"] * 12


def test_the_quarantine_is_a_csv_whatever_the_reason_holds() -> None:
    reason = 'expected a picture, "not\na text"'
    unreadable = [module.Unreadable("train", 7, "photo", reason)]
    text = module.Prepared({}, {}, {}, unreadable).quarantine()
    assert text.splitlines()[0] == "part,row,name,reason"
    assert pl.read_csv(io.StringIO(text)).rows() == [("train", 7, "photo", reason)]


def test_columns_and_rows_must_be_there() -> None:
    with pytest.raises(RecipeError, match="no column `word`"):
        prepared(recipe_of(FRAME.drop("word")))
    with pytest.raises(DataError, match="row"):
        prepared(recipe_of(FRAME.clear()))


def test_rows_of_no_part_are_not_used() -> None:
    split = {"column": "part", "train": ["train"], "test": ["test"]}
    assert prepared(recipe_of(FRAME, split=split)).rows() == {"train": 40, "test": 12}
    [planned] = divide(recipe_of(FRAME, split=split))
    assert (planned.divided[0].parts == TRAIN).sum() == 40


WEIGHED = {"y": {"type": "classification", "sample_weight": "w"}}


def weighed(weights: object, **changes: object) -> sm.Recipe:
    data = FRAME.with_columns(w=pl.Series(np.broadcast_to(weights, ROWS)))
    return recipe_of(data, outputs=WEIGHED, **changes)


def test_sample_weights_stand_beside_their_labels() -> None:
    rows = prepare(weighed(np.arange(float(ROWS))), MemoryCollector())
    assert rows.parts["train"]["weight//y"].tolist() == list(range(40))
    assert rows.parts["valid"]["weight//y"].tolist() == list(range(40, 48))
    forms = rows.label_forms({"copy": "y"})
    assert forms["weight//copy"] == ((), np.dtype("float32"))
    assert set(forms) == {"label//copy", "weight//copy"}


def test_sample_weights_that_are_all_zero_are_refused() -> None:
    with pytest.raises(DataError, match="column `w`: all sample weights of `y`"):
        prepare(weighed(0.0), MemoryCollector())


def test_a_table_with_the_label_must_have_its_weights() -> None:
    with pytest.raises(RecipeError, match=r"outputs\.y\.sample_weight: .*`w`"):
        prepare(recipe_of(FRAME, outputs=WEIGHED), MemoryCollector())
    changes = {
        "tables": {"more": {"data": FRAME, "split": {"column": "part"}}},
        "stages": [{"table": ["data", "more"], "epochs": 1}],
    }
    with pytest.raises(RecipeError, match=r"tables\.more: .* has no column `w`"):
        prepare(weighed(1.0, **changes), MemoryCollector())
