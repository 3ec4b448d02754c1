from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from sensorium.data import read
from sensorium.features.guess import guess_column, guess_table, look, varied

# What each column of the optional data sets is, written from their own READMEs before
# any guess ran: a word of `Guess.kind`, or of `Guess.role` for what is no input.
KINDS = {
    "birdstrikes": {
        "number": "ac_mass num_engs height speed year month",
        "category": (
            "opid atype phase_of_flt time_of_day state effect sky species birds_seen "
            "birds_struck weekday any_effect multiple_birds"
        ),
        "text": "remarks",
        "duplicate": "operator",
        "fold": "fold",
    },
    "emoji_fusion": {
        "number": "n_codepoints n_short_names unicode_version n_keywords",
        "category": "legacy_carrier has_emoticon has_skin_tones subgroup group",
        "text": "name keywords short_name",
        "image": "twemoji_png noto_png",
        "id": "emoji_id",
        "fold": "fold",
    },
    "glyph_scenes": {
        "number": "x0 y0 x1 y1 n_objects mask_share",
        "category": "target target_group target_style",
        "text": "query",
        "image": "image mask",
        "fold": "fold",
    },
    "large_fashion": {
        "number": "weight_kg size_z stock days_listed price",
        "category": "brand country channel category material returned",
        "text": "text",
        "id": "row",
        "group": "image_source",
        "split": "is_test",
        "image": "image",  # raw pixels
    },
    "mfeat_views": {
        "vector": "fou fac kar pix zer mor",
        "category": "is_even has_loop",
        "number": "digit",  # as an input; as a target it is classes
        "fold": "fold",
    },
    "watch_imu": {
        "number": "window seconds_into_set",
        "category": "side exercise fault is_anomaly",
        "id": "row",
        "group": "recording subject",
        "fold": "fold",
        "signal": "acc gyro",  # the arrays beside data.csv, put in as columns
    },
    "digits_three": {
        "image": "image image_clean",
        "signal": "mfcc mfcc_clean",
        "number": "length digit",
        "split": "is_train",
    },
}


def load(name, folder):
    if name == "digits_three":
        return read(dict(np.load(folder / "fused_aligned.npz")))
    if name == "watch_imu":
        columns = pl.read_csv(folder / "data.csv").to_dict()
        arrays = {part: np.load(folder / f"{part}.npy") for part in ("acc", "gyro")}
        return read({**columns, **arrays})
    file = folder / "data.csv"
    return read(file if file.exists() else folder / "data.parquet")


@pytest.mark.parametrize("name", KINDS)
def test_columns_of_real_sets_are_what_their_readmes_say(name, datasets) -> None:
    expected = {
        column: word
        for word, columns in KINDS[name].items()
        for column in columns.split()
    }
    guesses = guess_table(look(load(name, datasets(name))))
    assert {guess.column: guess.kind or guess.role for guess in guesses} == expected
    assert all(guess.reason for guess in guesses)


def kind(values, name="x"):
    guess = guess_column(
        name, values if isinstance(values, np.ndarray) else pl.Series(name, values)
    )
    return guess.kind or guess.role


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([None] * 30, "missing"),
        (["", " ", None] * 10, "missing"),
        ([float("nan")] * 30, "missing"),
        ([3] * 30, "constant"),
        (["a"] * 30, "constant"),
        ([True, False] * 15, "category"),
        ([0.5, 1.5, 2.5] * 10, "number"),
        (["a", "b", "c"] * 10, "category"),
        ([b"\x89PNG\r\n\x1a\n1", b"\x89PNG\r\n\x1a\n2"] * 10, "image"),
        ([datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)] * 10, "time"),
        ([datetime.timedelta(1), datetime.timedelta(2)] * 10, "unreadable"),
        ([["a"], ["b", "a"]] * 10, "flags"),
        ([{"a": 1}, {"a": 2}] * 10, "unreadable"),
    ],
)
def test_type_decides_which_rules_are_asked(values, expected) -> None:
    assert kind(values) == expected


def test_array_of_one_axis_is_judged_as_a_series() -> None:
    assert kind(np.array([0.5, 1.5, 2.5, np.nan])) == "number"


def test_categories_of_polars_are_judged_as_texts() -> None:
    column = pl.Series("x", ["a", "b"] * 20, dtype=pl.Categorical)
    assert guess_column("x", column).kind == "category"


def test_one_value_and_gaps_is_a_category_since_presence_may_tell() -> None:
    assert kind(["yes", None] * 20) == "category"
    assert kind([1, None] * 20) == "category"


def test_sample_says_how_many_rows_decided() -> None:
    table = read({"x": list(range(100)), "y": [0.5, 1.5] * 50})
    assert str(look(table)) == "all 100 rows"
    assert str(look(table, 10)) == "the first 10 of 100 rows"


def test_sorted_table_is_looked_at_all_over() -> None:
    table = read({"x": ["a"] * 500 + ["b"] * 500, "y": np.arange(1000.0) % 7 / 2})
    sample = look(table, 100)
    assert sample.rows == 100
    assert str(sample) == "100 of 1,000 rows, from all over the table"
    kinds = {guess.column: guess.kind for guess in guess_table(sample)}
    assert kinds == {"x": "category", "y": "number"}


def test_rows_stay_together_when_taken_from_all_over() -> None:
    values = [0] * 500 + [1] * 500
    sample = look(read({"x": values, "copy": values}), 100)
    assert sample.columns["x"].to_list() == sample.columns["copy"].to_list()


def test_target_with_one_value_in_the_sample_is_read_on() -> None:
    table = read({"x": [0] * 999 + [1], "y": np.arange(1000.0)})
    sample = look(table, 50)
    rare = table.take(np.arange(50))
    assert pl.Series(sample.columns["x"]).n_unique() == 2  # the last row is taken
    first = look(rare)
    assert varied(rare, first, "x").n_unique() == 1
    cut = look(table, 50)
    object.__setattr__(cut, "columns", table.head(50))
    assert varied(table, cut, "x").n_unique() == 2


def test_guessing_twice_says_the_same() -> None:
    rng = np.random.default_rng(0)
    table = read({"x": rng.normal(size=50), "t": [f"a b {i}" for i in range(50)]})
    assert guess_table(look(table)) == guess_table(look(table))
