from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sensorium.data.split import TRAIN, VALID
from sensorium.errors import DataError, RecipeError
from sensorium.pipeline import tables
from sensorium.pipeline.prepare import Prepared
from sensorium.pipeline.tables import describe, divide
from sensorium.run.state import state_key
from tests.pipeline.made import QUICK, frame, prepared, recipe_of

PRETRAIN = {"type": "pretrain", "inputs": ["x"], "table": "more", **QUICK}
KINDS = {**PRETRAIN, "heads": {"kind": "classification"}}


def two_tables(more: Any, stage: Any = KINDS, **changes: Any) -> Any:
    return recipe_of(tables={"more": more}, stages=[stage, QUICK], **changes)


def keys(rows: Prepared) -> dict[str, str]:
    return {n: state_key(f) for n, f in {**rows.features, **rows.labels}.items()}


def test_data_are_described_for_people() -> None:
    assert describe("a.csv") == "a.csv"
    assert describe({"train": "a.csv", "test": "b.csv"}) == "a.csv, b.csv"
    assert describe({"join": ["a.csv", "b.csv"], "on": "id"}) == "a.csv + b.csv"
    assert describe(frame()) == "a table"


def test_a_named_table_is_divided_by_itself_and_nothing_of_it_is_tested() -> None:
    main, more = divide(two_tables(frame(80, seed=1), split={"test": 0.5}))
    assert (main.part("train"), more.part("train")) == ("train", "more.train")
    assert (more.divided[0].parts == VALID).sum() == 8
    assert (more.divided[0].parts == TRAIN).sum() == 72
    assert more.columns == ["x", "kind"]


def test_a_named_table_can_say_its_split() -> None:
    document = {"data": frame(80, seed=1), "split": {"valid": 0.5}}
    [_, more] = divide(two_tables(document))
    assert (more.divided[0].parts == VALID).sum() == 40


def test_rows_of_a_class_are_shared_alike_by_the_tables_own_label() -> None:
    more = frame(90, seed=1).with_columns(kind=pl.Series(["a"] * 81 + ["b"] * 9))
    rows = prepared(two_tables({"data": more, "split": {"valid": 1 / 9}}))
    labels = rows.parts["more.valid"]["label//pretrain:kind"]
    assert np.bincount(labels).tolist() == [9, 1]


@pytest.mark.parametrize("kind", ["npz", "csv"])
def test_tables_are_files_with_columns_renamed_and_joined(
    kind: str, tmp_path: Path
) -> None:
    more = frame(40, seed=1)
    if kind == "npz":
        columns = {n: more[n].to_numpy() for n in ("x", "kind")}
        columns["kind"] = columns["kind"].astype(str)
        np.savez(tmp_path / "more.npz", number=columns["x"], kind=columns["kind"])
        document: Any = {"data": str(tmp_path / "more.npz"), "rename": {"x": "number"}}
    else:
        more = more.with_row_index("id")
        more.select("id", "x").write_csv(tmp_path / "left.csv")
        more.select("id", "kind").write_csv(tmp_path / "right.csv")
        files = [str(tmp_path / f"{side}.csv") for side in ("left", "right")]
        document = {"join": files, "on": "id", "split": {"valid": 0.25}}
    rows = prepared(two_tables(document))
    held = {"npz": (36, 4), "csv": (30, 10)}[kind]
    assert (rows.rows()["more.train"], rows.rows()["more.valid"]) == held
    assert set(rows.parts["more.train"]) == {"x", "x/present", "label//pretrain:kind"}


def test_parts_of_a_named_table_may_be_files(tmp_path: Path) -> None:
    for part, seed in (("train", 1), ("valid", 2)):
        frame(20, seed).write_csv(tmp_path / f"{part}.csv")
    more = {part: str(tmp_path / f"{part}.csv") for part in ("train", "valid")}
    rows = prepared(two_tables(more))
    assert (rows.rows()["more.train"], rows.rows()["more.valid"]) == (20, 20)
    frame(20).drop("kind").write_csv(tmp_path / "valid.csv")
    with pytest.raises(RecipeError, match=r"valid.csv has no column `kind`"):
        prepared(two_tables(more))


def test_all_columns_that_a_table_lacks_are_named() -> None:
    with pytest.raises(RecipeError) as caught:
        divide(two_tables(frame().drop("x", "kind")))
    text = str(caught.value)
    assert "tables.more" in text
    assert "no column `x`" in text
    assert "no column `kind`" in text


def test_a_table_may_lack_some_inputs_and_labels_of_a_stage_but_not_all() -> None:
    stage = {"table": ["data", "more"], **QUICK}
    rows = prepared(two_tables(frame(seed=1).drop("x", "price"), stage))
    assert set(rows.parts["more.train"]) == {"z", "z/present", "label//y"}
    with pytest.raises(RecipeError, match="has none of the recipe's outputs"):
        divide(two_tables(frame(seed=1).drop("y", "price"), stage))


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("x,kind\n")
    with pytest.raises(DataError, match=r"empty.csv: has no rows"):
        divide(two_tables(str(tmp_path / "empty.csv")))


def test_an_input_is_fitted_where_it_is_taught_and_on_nothing_else() -> None:
    """Law 1: other tables and held-out rows leave the fitted state bit-equal."""
    part = pl.Series("part", ["train"] * 40 + ["valid"] * 8)
    main, more = (frame(seed=seed).with_columns(part) for seed in (0, 1))

    def found(main: pl.DataFrame, more: pl.DataFrame) -> dict[str, str]:
        split = {"column": "part"}
        table = {"data": more, "split": split}
        return keys(prepared(two_tables(table, data=main, split=split)))

    before = found(main, more)
    held_out = pl.col("part") == "valid"
    strange = pl.when(held_out).then(1e6).otherwise(pl.col("x"))
    assert found(main, more.with_columns(x=strange)) == before
    assert found(main.with_columns(x=pl.col("x") * 50 + 1), more) == before
    after = found(main, more.with_columns(x=pl.col("x") * 50 + 1))
    assert {name for name in before if before[name] != after[name]} == {"x"}


@pytest.mark.parametrize("fit", ["data", "more", ["data", "more"]])
def test_fit_says_which_tables_an_input_is_fitted_on(fit: Any) -> None:
    tables = {"data": frame(), "more": frame(seed=1).with_columns(x=pl.col("x") + 9)}
    found = prepared(two_tables(tables["more"], data=tables["data"], fit={"x": fit}))
    named = [fit] if isinstance(fit, str) else fit
    parts = {"data": "train", "more": "more.train"}
    for table in ("data", "more"):
        values = found.parts[parts[table]]["x"][:, 0]
        others = [t for t in named if t != table]
        centred = abs(np.median(values)) < 0.3
        assert centred == (named == [table]), (table, others)


def test_labels_are_fitted_over_all_tables_that_have_them() -> None:
    more = frame(seed=1).with_columns(y=pl.lit("maybe"))
    stage = {"table": ["data", "more"], **QUICK}
    rows = prepared(two_tables(more, stage))
    assert rows.labels["y"].classes_ == ["maybe", "no", "yes"]
    assert rows.labels["y"].counts_[0] == len(rows.parts["more.train"]["x"])


def test_a_disposable_heads_label_has_the_step_in_its_name() -> None:
    rows = prepared(two_tables(frame(seed=1)))
    assert list(rows.labels) == ["pretrain:kind", "price", "y"]
    assert rows.labels["pretrain:kind"].classes_ == ["a", "b", "c"]
    assert "label//pretrain:kind" not in rows.parts["train"]


def test_bad_values_are_counted_and_named_by_table() -> None:
    bad = [b"" if row < 6 else None for row in range(40)]
    inputs = {"photo": {"type": "image", "size": [2, 2]}}
    main = frame(40).with_columns(photo=pl.Series([None] * 40, dtype=pl.Binary))
    more = frame(40, seed=1).with_columns(photo=pl.Series(bad))
    stage = {"table": ["data", "more"], **QUICK}
    recipe = two_tables(more, stage, data=main, inputs=inputs, max_bad=0.2)
    rows = prepared(recipe)
    assert {u.part for u in rows.unreadable} <= {"more.train", "more.valid"}
    assert "\nmore.train,1,photo," in rows.quarantine()
    recipe.max_bad = 0.1  # 6 of 76 rows are fewer, 6 of the table's 36 more
    with pytest.raises(DataError, match=r"tables.more: 1\d\.\d% of the 36 training"):
        prepared(recipe)


@pytest.mark.parametrize(("kind", "rows"), [("number", 25_000), ("image", 4_096)])
def test_fewer_rows_are_read_at_a_time_where_they_are_large(kind, rows) -> None:
    settings = {"size": [2, 2]} if kind == "image" else {}
    recipe = recipe_of(inputs={"x": {"type": kind, **settings}})
    assert tables.chunk_rows(recipe) == rows
