"""Tables of one thing, side by side by a key."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.data import join_tables, read
from sensorium.errors import DataError
from sensorium.features import Number, Vector

PHOTOS = {"id": [3, 1, 7, None], "photo": ["c", "a", "g", "n"]}
SENSORS = {"id": [1, 2, 3], "force": [1.0, 2.0, 3.0], "wave": np.eye(3)}


def joined(left=PHOTOS, right=SENSORS, on="id", how=None, **options):
    return join_tables({"photos": left, "sensors": right}, on, how, **options)


def shown(table) -> dict[str, list]:
    return {name: column.tolist() if isinstance(column, np.ndarray) else
            column.to_list() for name, column in table.head(99).items()}  # fmt: skip


def test_inner_keeps_what_both_have_in_the_order_of_the_first() -> None:
    table = joined(how="inner")
    assert table.columns == ("id", "photo", "force", "wave")
    assert shown(table) == {
        "id": [3, 1],
        "photo": ["c", "a"],
        "force": [3.0, 1.0],
        "wave": [[0, 0, 1], [1, 0, 0]],
    }


def test_left_keeps_every_row_of_the_first() -> None:
    table = joined(how="left")
    found = shown(table)
    assert found["id"] == PHOTOS["id"]
    assert found["photo"] == PHOTOS["photo"]
    assert found["force"] == [3.0, 1.0, None, None]
    assert np.isnan(found["wave"][2]).all()


def test_outer_adds_what_only_the_others_have() -> None:
    found = shown(joined(how="outer"))
    assert found["id"] == [3, 1, 7, None, 2]
    assert found["photo"] == ["c", "a", "g", "n", None]
    assert found["force"] == [3.0, 1.0, None, None, 2.0]


def test_inputs_of_a_table_without_the_row_are_absent() -> None:
    chunk = next(joined(how="outer").chunks())
    for feature in (Number("force"), Vector("wave")):
        found = feature.fit(chunk).encode(chunk)
        assert found.present.tolist() == [True, True, False, False, True]


def test_three_tables_join_by_one_key() -> None:
    third = {"id": [2, 9, 3], "name": ["two", "nine", "three"]}
    table = join_tables([PHOTOS, SENSORS, third], "id", "outer")
    found = shown(table)
    assert found["id"] == [3, 1, 7, None, 2, 9]
    assert found["name"] == ["three", None, None, None, "two", "nine"]
    assert found["force"] == [3.0, 1.0, None, None, 2.0, None]
    assert table.where == "table 1 + table 2 + table 3"
    inner = shown(join_tables([PHOTOS, SENSORS, third], "id", "inner"))
    assert (inner["id"], inner["name"]) == ([3], ["three"])


def test_the_key_has_its_name_in_the_first_table() -> None:
    other = {"force": [1.0, 2.0, 3.0], "nr": [1, 2, 3]}
    on = {"photos": "id", "sensors": "nr"}
    table = joined(right=other, on=on, how="outer")
    assert table.columns == ("id", "photo", "force")
    assert shown(table)["id"] == [3, 1, 7, None, 2]
    assert shown(joined(right=other, on={"left": "id", "right": "nr"}, how="inner"))


def test_keys_of_several_columns() -> None:
    left = {"day": [1, 1, 2], "site": ["p", "q", "p"], "a": [10, 11, 20]}
    right = {"site": ["q", "p"], "day": [1, 2], "b": [1.1, 2.0]}
    found = shown(joined(left, right, ["day", "site"], "outer"))
    assert found["b"] == [None, 1.1, 2.0]
    assert (found["day"], found["site"]) == ([1, 1, 2], ["p", "q", "p"])


def test_the_key_keeps_its_type_if_all_tables_agree() -> None:
    small = pl.DataFrame({"id": [1, 2]}, schema={"id": pl.UInt8})
    assert joined(small, small.with_columns(x=1)).dtypes["id"] == pl.UInt8
    mixed = joined(small, {"id": [2, 300], "x": [1, 2]}, how="outer")
    assert shown(mixed)["id"] == [1, 2, 300]


# --- what it says ---


def test_how_may_be_left_out_only_if_every_row_matches() -> None:
    same = {"id": [1, 2], "a": ["x", "y"]}
    assert len(joined(same, {"id": [2, 1], "b": [0, 1]})) == 2
    with pytest.raises(DataError) as error:
        joined()
    assert str(error.value) == (
        "Key `id`: photos: 4 rows, 2 matched, 1 in no other table (e.g. 7), 1 without "
        "a key; sensors: 3 rows, 2 matched, 1 in no other table (e.g. 2). Choose "
        "`how`: inner (2 rows), left (4 rows), outer (5 rows); with left and outer "
        "some inputs are absent in some rows."
    )


def test_the_report_is_in_the_notes() -> None:
    table = joined(how="left")
    assert table.report.tables[0].alone == 1
    (note,) = table.notes
    assert note.startswith("Joined (left, 4 rows) by key `id`: photos: 4 rows, 2 match")


def test_notes_of_the_tables_come_along(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("id,x\n007,1\n008,2\n")
    a = read(tmp_path / "a.csv")
    assert a.notes
    table = join_tables([a, {"id": ["007", "008"], "y": [1, 2]}], "id")
    assert table.notes[: len(a.notes)] == a.notes
    assert table.where == "a.csv + table"


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (
            {"id": [1, 2]},
            {"id": [1, 2, 2, 2, 1]},
            "sensors, key `id`: 2 keys stand in more than one row (e.g. 1, 2). A join "
            "would multiply rows. Keep one row a key, or put sensors first and give "
            "`many: left`.",
        ),
        (
            {"id": [1, 1]},
            {"id": [1]},
            "photos, key `id`: 1 key stands in more than one row (e.g. 1). A join "
            "would multiply rows. Keep one row a key, or give `many: left` if they "
            "share the others' rows.",
        ),
        (
            {"id": [1, 2], "label": [0, 1], "fold": [1, 2]},
            {"id": [1, 2], "label": [0, 1], "fold": [1, 2]},
            "photos and sensors: both have the columns `label`, `fold`. Rename them in "
            "one: `rename: {sensors_label: label}`, or in Python "
            '`table.renamed({"sensors_label": "label"})`.',
        ),
        (
            {"id": ["a", "b"]},
            {"id": ["A", "B"]},
            "No key stands in all of the tables. Key `id`: photos: 2 rows, 0 matched, "
            "2 in no other table (e.g. 'a', 'b'); sensors",
        ),
        ({"id": [1]}, {"id": ["1"]}, "As texts 1 key matches: give `as_text: true`"),
        (
            {"idx": [1]},
            {"idx": [1]},
            "photos: there is no key `id`. Did you mean `idx`? Where the names differ, "
            "give `on: {photos: ..., sensors: ...}`.",
        ),
    ],
)
def test_a_join_that_would_go_wrong_is_refused(left, right, words) -> None:
    with pytest.raises(DataError) as error:
        joined(left, right, how="outer")
    assert words in str(error.value)


def test_the_others_must_not_repeat_a_key_even_if_the_first_may() -> None:
    with pytest.raises(DataError, match=r"Keep one row a key\.$"):
        joined({"id": [1, 1]}, {"id": [1, 1]}, many="left")


def test_many_rows_of_the_first_table_share_a_row_if_asked_for() -> None:
    visits = {"patient": [4, 5, 4], "visit": [1, 2, 3]}
    patients = {"patient": [5, 4], "age": [50, 40]}
    table = joined(visits, patients, "patient", many="left")
    assert shown(table)["age"] == [40, 50, 40]
    assert "`split: {group: patient}`" in table.notes[-1]


def test_numbers_match_texts_if_asked_for() -> None:
    table = joined({"id": [1, 2]}, {"id": ["2", "x"], "y": [7, 8]}, "id", "outer",
                   as_text=True)  # fmt: skip
    assert shown(table) == {"id": ["1", "2", "x"], "y": [None, 7, 8]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tables": [PHOTOS]}, "needs two tables or more"),
        ({"tables": "a.csv"}, "needs two tables or more. Received: 'a.csv'. Give a"),
        ({"how": "full"}, "is one of inner, left, outer. Received: 'full'."),
        ({"how": "iner"}, "Did you mean `inner`?"),
        ({"many": "right"}, "is `left` or left out. Received: 'right'. Make the table"),
    ],
)
def test_arguments_that_are_none_are_refused(arguments, words) -> None:
    with pytest.raises(DataError) as error:
        join_tables(**{"tables": [PHOTOS, SENSORS], "on": "id", **arguments})
    assert words in str(error.value)


# --- as every table ---


def test_it_comes_in_chunks_and_rows_can_be_taken() -> None:
    table = joined(how="left")
    assert [chunk["id"].to_list() for chunk in table.chunks("id", 3)] == [
        [3, 1, 7],
        [None],
    ]
    assert shown(table.take(np.array([3, 0])))["photo"] == ["n", "c"]


def test_the_content_key_follows_the_tables_and_the_settings() -> None:
    keys = [
        joined(how="left"),
        joined(how="left"),
        joined(how="outer"),
        joined({**PHOTOS, "photo": ["c", "a", "g", "m"]}, how="left"),
        joined(right={**SENSORS, "force": [1.0, 2.0, 4.0]}, how="left"),
    ]
    found = [table.content_key() for table in keys]
    assert found[0] == found[1]
    assert len(set(found)) == 4


def test_a_table_without_rows_matches_nothing() -> None:
    nothing = pl.DataFrame(schema={"id": pl.Int64, "x": pl.Int64})
    with pytest.raises(DataError, match="No key stands in all"):
        joined(PHOTOS, nothing, how="left")


def test_large_files_are_joined_as_small_ones(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sensorium.data.binary.KEPT_BYTES", 0)
    pl.DataFrame(PHOTOS).write_parquet(tmp_path / "photos.parquet")
    np.savez(tmp_path / "sensors.npz", **SENSORS)
    files = [tmp_path / "photos.parquet", tmp_path / "sensors.npz"]
    table = join_tables(files, "id", "outer")
    assert str(shown(table)) == str(shown(joined(how="outer")))
    assert table.folder == tmp_path
    assert table.where == "photos.parquet + sensors.npz"
    key = table.content_key()
    assert key == join_tables(files, "id", "outer").content_key()


def test_paths_of_two_folders_work_in_one_table(tmp_path) -> None:
    for name in ("photos", "sounds"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.npy").write_bytes(b"")
        (tmp_path / name / f"{name}.csv").write_text(f"id,{name}\n1,1.npy\n")
    files = [tmp_path / name / f"{name}.csv" for name in ("photos", "sounds")]
    table = join_tables(files, "id")
    assert table.folder == tmp_path.resolve()
    assert shown(table) == {"id": [1], "photos": ["photos/1.npy"],
                            "sounds": ["sounds/1.npy"]}  # fmt: skip
    assert "the paths in `sounds` now begin with `sounds/`" in table.notes[-1]
