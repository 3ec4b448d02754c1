"""From a table with every kind of column to predictions, as a user goes the way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.cli import main
from sensorium.errors import DataError, RecipeError, RunError
from tests.workflows.made import RECIPE, SMALL, make_every_kind


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of every kind, its recipe and the run trained from it."""
    folder = tmp_path_factory.mktemp("every_kind")
    make_every_kind().write_parquet(folder / "things.parquet")
    (folder / "recipe.yaml").write_text(RECIPE)
    (folder / "small.yaml").write_text(SMALL)
    done = main(["train", str(folder / "recipe.yaml"), "-o", str(folder / "run")])
    assert done == 0
    return folder


@pytest.fixture(scope="module")
def run(trained: Path) -> sm.Run:
    """The trained run, loaded once: loading compiles."""
    return sm.load(trained / "run")


def rows_of(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "things.parquet")


def test_every_output_is_learned(run: sm.Run) -> None:
    scores = run.evaluate()
    naive = run.naive_scores()["grade"][0].value
    assert naive is not None
    assert naive < 0.5
    by_name = {(o, s.name): s.value for o, found in scores.items() for s in found}
    assert by_name["grade", "accuracy"] > 0.8
    assert by_name["price", "r2"] > 0.8
    assert by_name["marks", "micro_f1"] > 0.8


def test_rows_in_are_rows_out_with_the_users_names(trained: Path, run: sm.Run) -> None:
    found = run.predict(rows_of(trained))
    assert found.height == 240
    assert found.columns == [
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
    chance = found.select(pl.sum_horizontal("^grade_probability_.*$")).to_series()
    assert chance.to_numpy() == pytest.approx(1.0)
    assert found["error"].null_count() == 240


def test_a_loaded_run_predicts_the_same_bits(trained: Path, run: sm.Run) -> None:
    rows = rows_of(trained)
    assert sm.load(trained / "run").predict(rows).equals(run.predict(rows))


def test_a_prediction_depends_on_its_row_alone(trained: Path, run: sm.Run) -> None:
    rows = rows_of(trained)[:80]
    whole = run.predict(rows)
    order = np.random.default_rng(0).permutation(len(rows))
    assert run.predict(rows[order]).equals(whole[order])
    for size in (1, 7, 32):
        assert run.predict(rows[:size]).equals(whole[:size])
    one_by_one = pl.concat([run.predict(rows[i : i + 1]) for i in range(8)])
    assert one_by_one.equals(whole[:8])


def test_an_absent_input_is_no_error(trained: Path, run: sm.Run) -> None:
    rows = rows_of(trained)[:8].with_columns(
        pl.lit(None, pl.Binary).alias("photo"), pl.lit(None, pl.String).alias("review")
    )
    found = run.predict(rows)
    assert found["error"].null_count() == 8
    assert found["grade"].null_count() == 0
    nothing = rows.select(
        pl.lit(None, dtype).alias(n) for n, dtype in rows.schema.items()
    )
    empty = run.predict(nothing)
    assert np.isfinite(empty["price"].to_numpy()).all()


def test_unreadable_rows_stand_in_their_place(trained: Path, run: sm.Run) -> None:
    rows = rows_of(trained)[:20]
    clean = run.predict(rows)
    photos = [b"no picture" if i % 5 == 2 else p for i, p in enumerate(rows["photo"])]
    broken = run.predict(rows.with_columns(pl.Series("photo", photos)))
    bad = [i % 5 == 2 for i in range(20)]
    assert broken["error"].is_not_null().to_list() == bad
    assert broken["grade"].is_null().to_list() == bad
    good = pl.Series([not b for b in bad])
    assert broken.filter(good).equals(clean.filter(good))
    assert broken["error"][2].startswith("photo: ")
    told = run.predict(rows.with_columns(pl.Series("photo", photos)), "absent")
    assert told["grade"].null_count() == 0
    assert told["error"].is_not_null().to_list() == bad
    with pytest.raises(DataError, match=r"row 3: 4 rows cannot be read"):
        run.predict(rows.with_columns(pl.Series("photo", photos)), "refuse")


def test_all_missing_columns_are_named(trained: Path, run: sm.Run) -> None:
    rows = rows_of(trained).drop("photo").rename({"review": "reviews"})
    with pytest.raises(RecipeError) as caught:
        run.predict(rows)
    assert "no column `photo`" in str(caught.value)
    assert "no column `review`. Did you mean `reviews`?" in str(caught.value)


@pytest.mark.parametrize(
    "kind",
    ["csv", *(pytest.param(k, marks=pytest.mark.slow) for k in ("parquet", "jsonl"))],
)
def test_the_command_line_predicts_and_evaluates(
    trained: Path,
    run: sm.Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    out = tmp_path / f"found.{kind}"
    table, place = str(trained / "things.parquet"), str(trained / "run")
    assert main(["predict", place, table, "-o", str(out)]) == 0
    readers = {"csv": pl.read_csv, "parquet": pl.read_parquet, "jsonl": pl.read_ndjson}
    found = readers[kind](out)
    assert found.height == 240
    assert found["grade"].to_list() == run.predict(table)["grade"].to_list()
    assert main(["evaluate", place, table, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == {"grade", "price", "marks"}
    assert printed["grade"][0]["rows"] == 240


def test_a_finished_run_is_not_replaced_by_mistake(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, run = str(trained / "recipe.yaml"), str(trained / "run")
    assert main(["train", recipe, "-o", run]) == 1
    assert "already holds a finished run" in capsys.readouterr().err


def test_the_run_folder_holds_what_it_should(trained: Path) -> None:
    names = {p.name for p in (trained / "run").iterdir()}
    assert {
        "model.sensorium",
        "recipe.yaml",
        "history.csv",
        "scores.json",
        "quarantine.csv",
    } <= names
    recipe = sm.Recipe.from_yaml(trained / "run" / "recipe.yaml")
    assert (recipe.folder / recipe.data).samefile(trained / "things.parquet")
    history = pl.read_csv(trained / "run" / "history.csv")
    assert history["epoch"].to_list() == list(range(1, history.height + 1))
    assert {"loss", "val_loss", "grade_loss", "val_price_loss"} <= set(history.columns)


def test_the_network_is_a_keras_model_of_the_users_names(run: sm.Run) -> None:
    import keras

    assert isinstance(run.network, keras.Model)
    paths = {name.split("/")[0] for name in run.network.weights_by_name()}
    assert {"facts", "colour", "review", "photo", "wave", "grade", "price"} <= paths


def test_the_same_seed_gives_the_same_bits_and_another_does_not(
    tmp_path: Path, trained: Path
) -> None:
    found = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        recipe = sm.Recipe.from_yaml(trained / "small.yaml", {"seed": seed})
        run = sm.fit(recipe, tmp_path / name, cache=name == "b")
        found.append(run.network.weights_by_name())
    same = all(np.array_equal(found[0][k], found[1][k]) for k in found[0])
    assert same
    assert not all(np.array_equal(found[0][k], found[2][k]) for k in found[0])


def test_changed_held_out_rows_leave_the_fitted_state_equal(trained: Path) -> None:
    from sensorium.pipeline.prepare import prepare
    from sensorium.pipeline.storage import MemoryCollector
    from sensorium.pipeline.tables import Divided, Planned, divide
    from sensorium.run.state import state_arrays, state_documents

    recipe = sm.Recipe.from_yaml(trained / "recipe.yaml")
    [planned] = divide(recipe)
    [divided] = planned.divided
    frame = rows_of(trained)
    held_out = pl.Series(divided.parts != 0)
    values = {
        "size": pl.col("size") * 100 + 7,
        "colour": pl.lit("violet"),
        "review": pl.lit("new words"),
        "price": pl.col("price") + 1e6,
    }
    changed = frame.with_columns(
        pl.when(held_out).then(value).otherwise(pl.col(name)).alias(name)
        for name, value in values.items()
    )
    states = []
    for table in (frame, changed):
        parts = [Divided(sm.read(table), divided.parts)]
        tables = [Planned(planned.plan, parts)]
        prepared = prepare(recipe, MemoryCollector(), tables)
        fitted = (prepared.features, prepared.labels)
        arrays = {k: v.tobytes() for k, v in state_arrays(*fitted).items()}
        states.append((state_documents(*fitted), arrays))
    assert states[0] == states[1]


@pytest.mark.slow
def test_a_second_run_opens_what_the_first_encoded(
    trained: Path, tmp_path: Path
) -> None:
    (tmp_path / "recipe.yaml").write_text(SMALL)
    (tmp_path / "things.parquet").write_bytes((trained / "things.parquet").read_bytes())
    recipe = sm.Recipe.from_yaml(tmp_path / "recipe.yaml")
    events: list[bool] = []

    def report(event: str, values: object) -> None:
        if event == "prepared":
            assert isinstance(values, dict)
            events.append(values["cached"])

    first = sm.fit(recipe, tmp_path / "runs" / "a", report=report)
    second = sm.fit(recipe, tmp_path / "runs" / "b", report=report)
    assert events == [False, True]
    rows = rows_of(trained)
    assert first.predict(rows).equals(second.predict(rows))
    rows.with_columns(pl.col("price") + 1).write_parquet(tmp_path / "things.parquet")
    sm.fit(recipe, tmp_path / "runs" / "c", report=report)
    assert events == [False, True, False]


def test_two_processes_do_not_train_in_one_folder(
    trained: Path, tmp_path: Path
) -> None:
    from sensorium.run.lock import RunLock

    recipe = sm.Recipe.from_yaml(trained / "recipe.yaml")
    with RunLock(tmp_path), pytest.raises(RunError, match="process"):
        sm.fit(recipe, tmp_path)


def test_ctrl_c_keeps_the_best_weights_so_far(trained: Path, tmp_path: Path) -> None:
    import keras

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            if epoch == 1:
                raise KeyboardInterrupt

    recipe = sm.Recipe.from_yaml(trained / "small.yaml", {"stages.0.epochs": 9})
    run = sm.fit(recipe, tmp_path / "run", callbacks=[Stop()])
    assert len(run.metadata["history"][0]["epochs"]) == 2
    assert sm.load(tmp_path / "run").predict(rows_of(trained)).height == 240


@pytest.mark.slow
def test_too_many_unreadable_rows_stop_with_one_sentence(
    trained: Path, tmp_path: Path
) -> None:
    rows = rows_of(trained)
    photos = [b"broken" if i % 10 == 0 else p for i, p in enumerate(rows["photo"])]
    table = rows.with_columns(pl.Series("photo", photos))
    document = sm.Recipe.from_yaml(trained / "small.yaml").to_dict()
    document["inputs"]["photo"] = {"type": "image", "size": [8, 8]}
    strict = sm.Recipe(**{**document, "data": table})
    with pytest.raises(DataError, match=r"cannot be read, more than `max_bad` = 1\.0%"):
        sm.fit(strict, tmp_path / "strict")
    patient = sm.Recipe(**{**document, "data": table, "max_bad": 0.2})
    sm.fit(patient, tmp_path / "patient")
    quarantined = pl.read_csv(tmp_path / "patient" / "quarantine.csv")
    assert quarantined.height == 24
    assert quarantined["name"].unique().to_list() == ["photo"]
    assert (quarantined["row"] % 10 == 1).all()


def test_missing_labels_are_no_obstacle(trained: Path, tmp_path: Path) -> None:
    rows = rows_of(trained)
    third = pl.int_range(pl.len()) % 3 == 0
    table = rows.with_columns(
        pl.when(third).then(None).otherwise(pl.col("grade")).alias("grade"),
        pl.when(~third).then(None).otherwise(pl.col("price")).alias("price"),
    )
    document = sm.Recipe.from_yaml(trained / "small.yaml").to_dict()
    run = sm.fit(sm.Recipe(**{**document, "data": table}), tmp_path / "run")
    scores = run.evaluate()
    rows_with_labels = {o: found[0].rows for o, found in scores.items()}
    assert rows_with_labels["grade"] + rows_with_labels["price"] == 24
