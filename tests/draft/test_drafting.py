from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing.parametric import dataframes

from sensorium.data import TEST, TRAIN, VALID, assign, read
from sensorium.draft import draft
from sensorium.errors import DataError
from sensorium.features import Reading
from sensorium.features.guess import look
from sensorium.recipe import Recipe
from sensorium.recipe.splitting import split_of
from sensorium.schema import read_yaml
from tests.features.test_guess import KINDS, load

RNG = np.random.default_rng(0)
ROWS = 300


def birds(**more):
    speed = RNG.gamma(2, 50, ROWS).round(1)
    return read(
        {
            "row": list(range(ROWS)),
            "speed": [None if i % 7 == 0 else v for i, v in enumerate(speed)],
            "height": RNG.gamma(2, 500, ROWS),
            "sky": list(RNG.choice(["clear", "cloud", "rain"], ROWS)),
            "state": list(RNG.choice(["IL", "MD", "TN"], ROWS)),
            "remarks": [
                f"bird number {i} hit the left wing near {i * 7}" for i in range(ROWS)
            ],
            "hit": RNG.integers(0, 2, ROWS),
            "one": [1] * ROWS,
            **more,
        }
    )


def document(table, *targets):
    return read_yaml(draft(table, targets, "birds.csv")).data


def prose(text):
    """The text with broken comments as one line each."""
    return re.sub(r"\n *#  +", " ", text)


def test_draft_is_a_whole_recipe() -> None:
    assert document(birds(), "hit") == {
        "data": "birds.csv",
        "split": {"valid": 0.1, "test": 0.2},
        "inputs": {
            "numbers": {"type": "number", "columns": ["speed", "height"]},
            "categories": {"type": "category", "columns": ["sky", "state"]},
            "remarks": {"type": "text"},
        },
        "outputs": {"hit": {"type": "classification"}},
        "fusion": {"type": "concat"},
        "stages": [{"epochs": 40}],
        "seed": 0,
    }


def test_recipe_takes_the_draft() -> None:
    table = birds(tags=[["a"], ["b", "a"], None] * 100)
    recipe = Recipe.from_yaml(draft(table, ["hit", "height"], "birds.csv"))
    recipe.check_table(table.dtypes, "birds.csv")
    assert set(recipe.features()) == {"speed", "categories", "remarks", "tags"}


def test_each_column_has_its_reason_in_a_comment() -> None:
    text = draft(birds(), ["hit"], "birds.csv")
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    for name in ("speed", "height", "sky", "state", "one"):
        assert any(line.strip().startswith(f"#   {name}: ") for line in comments), name
    assert "all 300 rows" in text
    assert "#   one: 1 in every row" in text
    assert max(map(len, text.splitlines())) <= 88


def test_single_number_keeps_its_own_name() -> None:
    table = read(
        {"price": RNG.random(50), "kind": ["a", "b"] * 25, "y": RNG.random(50)}
    )
    assert document(table, "y")["inputs"] == {
        "price": {"type": "number"},
        "kind": {"type": "category"},
    }


def test_no_target_is_an_input() -> None:
    inputs = document(birds(), "hit", "height", "sky")["inputs"]
    used = [value for item in inputs.values() for value in item.get("columns", [])]
    assert not {"hit", "height", "sky"} & {*inputs, *used}


def without_hash(text, name):
    """The text with the commented line of `name` put back, as a user would do it."""
    lines = text.splitlines()
    start = next(
        i for i, line in enumerate(lines) if line.startswith(f"  # {name}: {{")
    )
    for at in range(start, len(lines)):
        lines[at] = lines[at].replace("# ", "", 1)
        if lines[at].endswith("}"):
            return "\n".join(lines)
    raise AssertionError(name)


def test_leak_is_left_out_with_the_line_that_puts_it_back() -> None:
    hit = RNG.integers(0, 2, ROWS)
    table = birds(
        hit=hit, damage=[f"d{i % 3}" if yes else None for i, yes in enumerate(hit)]
    )
    text = draft(table, ["hit"], "birds.csv")
    assert "damage" not in read_yaml(text).data["inputs"]["categories"]["columns"]
    assert "#   damage: whether `damage` is missing gives `hit` away; left out" in text
    back = read_yaml(without_hash(text, "damage")).data["inputs"]
    assert back["damage"] == {"type": "category"}


@pytest.mark.parametrize("name", ["row", "copy"])
def test_every_column_left_out_can_be_put_back(name) -> None:
    sky = list(RNG.choice(["clear", "cloud", "rain"], ROWS))
    text = draft(birds(sky=sky, copy=sky), ["hit"], "birds.csv")
    assert name in read_yaml(without_hash(text, name)).data["inputs"]


def test_doubtful_column_stays_and_is_named_at_the_top() -> None:
    text = draft(birds(hit_before=RNG.random(ROWS)), ["hit"], "birds.csv")
    assert "hit_before" in read_yaml(text).data["inputs"]["numbers"]["columns"]
    assert "hit_before: its name shares words" in text.split("data:")[0]


def test_split_column_splits_and_is_no_input() -> None:
    table = birds(is_test=[True, False, False] * 100)
    found = document(table, "hit")
    assert found["split"] == {"valid": 0.1, "test": [True], "column": "is_test"}
    assert "is_test" not in str(found["inputs"])


def test_leaks_are_searched_in_training_rows_only() -> None:
    held_out = np.arange(ROWS) % 3 == 0
    hit = RNG.integers(0, 2, ROWS)
    late = np.where(held_out, 1 - hit, hit)  # gives the target away in training alone
    table = birds(hit=hit, is_test=held_out, late=[f"v{i}" for i in late])
    assert "late" not in str(document(table, "hit")["inputs"])


def test_fold_and_group_are_proposed_in_comments_that_work() -> None:
    table = birds(fold=[0, 1, 2, 3, 4] * 60, subject=list(range(10)) * 30)
    text = draft(table, ["hit"], "birds.csv")
    assert read_yaml(text).data["split"] == {"valid": 0.1, "test": 0.2}
    others = [
        read_yaml(line).data for line in re.findall(r"^# (split: .*)$", text, re.M)
    ]
    assert others == [
        {"split": {"column": "fold", "test": [0], "valid": [1]}},
        {"split": {"valid": 0.1, "test": 0.2, "group": "subject"}},
    ]
    assert "Look at `split` too: rows that share `subject`" in text


def test_coarsest_group_is_proposed_first() -> None:
    table = birds(recording=list(range(50)) * 6, subject=list(range(10)) * 30)
    text = draft(table, ["hit"], "birds.csv")
    assert text.index("group: subject") < text.index("group: recording")


def test_groups_and_times_with_gaps_are_not_proposed() -> None:
    when = [None, *(f"2024-{i % 12 + 1:02d}-11" for i in range(ROWS - 1))]
    subject = [None, *(i % 10 for i in range(ROWS - 1))]
    text = draft(birds(when=when, subject=subject), ["hit"], "birds.csv")
    assert "# split" not in text


def test_times_propose_to_test_on_the_latest_rows() -> None:
    when = [f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}" for i in range(ROWS)]
    text = draft(birds(when=when), ["hit"], "birds.csv")
    assert "# split: {valid: 0.1, test: 0.2, time: when}" in text


def test_runs_of_columns_are_one_input() -> None:
    views = {f"fou_{i}": RNG.normal(size=ROWS) for i in range(76)}
    found = document(birds(**views), "hit")["inputs"]["fou"]
    assert found == {"type": "vector", "columns": list(views)}


def test_inputs_and_outputs_never_share_a_name() -> None:
    table = birds(numbers=RNG.integers(0, 2, ROWS), categories=RNG.random(ROWS))
    found = document(table, "numbers")
    assert list(found["outputs"]) == ["numbers"]
    assert "numbers_2" in found["inputs"]
    assert not {*found["inputs"]} & {*found["outputs"]}


def test_input_keeps_its_name_before_a_group_takes_it() -> None:
    notes = [f"some words about {i} and more" for i in range(ROWS)]
    found = document(birds(numbers=notes), "hit")["inputs"]
    assert found["numbers"] == {"type": "text"}
    assert found["numbers_2"]["type"] == "number"


def test_names_that_a_recipe_cannot_hold_are_replaced() -> None:
    table = birds(
        **{"a/b": [f"words {i} of text" for i in range(ROWS)], "c/d": RNG.random(ROWS)}
    )
    found = document(table, "c/d")
    expected = {"type": "text", "tokens": "ngrams", "columns": "a/b"}
    assert found["inputs"]["a_b"] == expected
    assert found["outputs"]["c_d"] == {"type": "regression", "column": "c/d"}


def test_large_tables_hold_out_less_and_train_for_fewer_epochs() -> None:
    rows = 200_000
    table = read({"x": RNG.random(rows), "y": RNG.random(rows)})
    found = document(table, "y")
    assert found["split"] == {"valid": 0.1, "test": 0.1}
    assert found["stages"] == [{"epochs": 20}]
    assert "the first 65,536 of 200,000 rows" in draft(table, ["y"], "t.csv")


def test_sorted_table_keeps_its_target() -> None:
    y = np.repeat([0, 1], 50_000)
    table = read({"x": RNG.random(100_000), "y": y})
    assert document(table, "y")["outputs"] == {"y": {"type": "classification"}}


def test_one_row_of_another_class_is_found() -> None:
    y = np.zeros(100_000, int)
    looked_at = look(read({"y": np.arange(100_000), "one": y})).columns["y"]
    y[np.setdiff1d(np.arange(100_000), looked_at.to_numpy())[-1]] = 1
    text = prose(draft(read({"x": RNG.random(100_000), "y": y}), ["y"], "t.csv"))
    assert "fewer than 5 rows each, too few to learn: 1" in text


def test_target_of_joined_labels_says_what_is_needed() -> None:
    labels = list("abcdefgh")
    tags = [
        ";".join(RNG.permutation(labels)[: RNG.integers(1, 5)]) for _ in range(ROWS)
    ]
    text = draft(birds(tags=tags), ["tags"], "birds.csv")
    assert read_yaml(text).data["outputs"] == {"tags": {"type": "flags"}}
    assert "make a column of lists of them first" in text


def test_same_table_gives_the_same_text() -> None:
    table = birds()
    assert draft(table, ["hit"], "a.csv") == draft(table, ["hit"], "a.csv")


def test_unknown_targets_are_named_with_near_ones() -> None:
    with pytest.raises(DataError, match=r"`hitt` \(Did you mean `hit`\?\), `z`"):
        draft(birds(), ["hitt", "z"], "birds.csv")


def test_no_target_is_refused() -> None:
    with pytest.raises(DataError, match="expected at least one target"):
        draft(birds(), [], "birds.csv")


@pytest.mark.parametrize("name", ["one", "nothing"])
def test_target_without_two_values_is_refused(name) -> None:
    table = birds(nothing=[None] * ROWS)
    with pytest.raises(DataError, match=f"target `{name}`: expected at least two"):
        draft(table, [name], "birds.csv")


def test_table_without_inputs_is_refused_with_the_reasons() -> None:
    table = read({"row": list(range(50)), "one": [1] * 50, "y": RNG.random(50)})
    with pytest.raises(
        DataError, match=r"no column can be an input for `y`.*`row` \(all"
    ):
        draft(table, ["y"], "t.csv")


names = st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda name: name not in ("y", ""))


@given(st.lists(names, min_size=2, max_size=5, unique=True), st.text(max_size=8))
def test_any_column_name_and_path_comes_back_from_the_text(found, path) -> None:
    rng = np.random.default_rng(0)
    columns = {name: pl.Series(rng.random(30)) for name in found}
    text = draft(read({**columns, "y": rng.random(30)}), ["y"], path)
    data = read_yaml(text).data
    assert data["data"] == path
    used = [
        column
        for name, item in data["inputs"].items()
        for column in _columns(item, name)
    ]
    assert sorted(used) == sorted(found)


@settings(max_examples=60)
@given(dataframes(min_cols=2, max_cols=4, min_size=1, max_size=60), st.integers(0, 3))
def test_any_table_gives_a_draft_or_a_clear_error(frame, target) -> None:
    try:
        table = read(frame)
        text = draft(table, [table.columns[target % len(table.columns)]], "t.csv")
    except DataError as error:
        assert str(error)
    else:
        assert read_yaml(text).data["inputs"]


def _columns(item, name):
    columns = item.get("columns", name)
    return [columns] if isinstance(columns, str) else columns


TARGETS = {
    "birdstrikes": ["phase_of_flt", "any_effect"],
    "emoji_fusion": ["group", "unicode_version"],
    "glyph_scenes": ["target_style", "n_objects"],
    "large_fashion": ["category", "price", "returned"],
    "mfeat_views": ["digit"],
    "watch_imu": ["exercise"],
    "digits_three": ["digit"],
}


def test_masks_are_segmentation_beside_their_image() -> None:
    pictures = RNG.integers(0, 256, (20, 9, 9, 3), dtype=np.uint8)
    masks = RNG.integers(0, 2, (20, 9, 9))
    text = draft(read({"photo": pictures, "mask": masks}), ["mask"], "data.npz")
    assert "mask: {type: segmentation}" in text
    recipe = Recipe.from_yaml(text)
    assert recipe.outputs["mask"]["image"] == "photo"
    both = read({"photo": pictures, "depth": pictures[::-1], "mask": masks})
    text = draft(both, ["mask"], "data.npz")
    assert "mask: {type: segmentation, image: photo}" in text
    with pytest.raises(DataError, match="no column holds pictures"):
        draft(read({"n": RNG.normal(size=20), "mask": masks}), ["mask"], "data.npz")


@pytest.mark.parametrize("name", KINDS)
def test_draft_of_a_real_set_fits_its_table(name, datasets) -> None:
    table = load(name, datasets(name))
    text = draft(table, TARGETS[name], "data.csv")
    recipe = Recipe.from_yaml(text)
    recipe.check_table(table.dtypes, name)
    sample = table.head(500)
    for feature in recipe.features().values():
        assert feature.fit(sample, Reading(table.folder)).is_fitted()
    for line in re.findall(r"^(?:# )?(split: .*)$", text, re.MULTILINE):
        proposed = split_of(read_yaml(line).data["split"], 0, None)
        assert {TRAIN, VALID, TEST} == {*assign(table, proposed).tolist()}


def test_corners_under_the_name_of_a_box_are_a_box() -> None:
    first = RNG.random((20, 2))
    boxes = np.concatenate([first, first + RNG.random((20, 2))], axis=1)
    text = draft(read({"n": RNG.normal(size=20), "bbox": boxes}), ["bbox"], "data.npz")
    assert "bbox: {type: box}" in text or "bbox: box" in text
    assert "form: center_size" in text
    assert Recipe.from_yaml(text).outputs["bbox"]["type"] == "box"


def test_four_columns_that_are_called_like_corners_are_one_box() -> None:
    first = RNG.random((20, 2)) / 2
    boxes = np.concatenate([first, first + RNG.random((20, 2)) / 2], axis=1)
    columns = dict(zip(("x1", "y0", "x0", "y1"), boxes[:, [2, 1, 0, 3]].T, strict=True))
    pictures = RNG.integers(0, 256, (20, 9, 9, 3), dtype=np.uint8)
    text = draft(read({"photo": pictures, **columns}), list(columns), "data.npz")
    box = Recipe.from_yaml(text).outputs["box"]
    assert box["column"] == ["x0", "y0", "x1", "y1"]
    assert (box["image"], list(box["image_size"])) == ("photo", [1, 1])
    pixels = {name: np.round(column * 60) for name, column in columns.items()}
    text = draft(read({"photo": pictures, **pixels}), list(columns), "data.npz")
    assert "image" not in Recipe.from_yaml(text).outputs["box"]
    assert "say `image`, and `image_size`" in " ".join(text.replace("#", "").split())
