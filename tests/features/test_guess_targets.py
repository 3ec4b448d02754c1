from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.guess_targets import guess_target
from tests.features.test_guess import load

RNG = np.random.default_rng(0)

# From the data sets' READMEs, like the kinds in test_guess.py.
TARGETS = {
    "birdstrikes": {
        "classification": "phase_of_flt any_effect effect multiple_birds",
        "regression": "speed height",
    },
    "emoji_fusion": {
        "classification": "group subgroup has_skin_tones",
        "regression": "unicode_version",
    },
    "glyph_scenes": {
        "classification": "target target_group target_style",
        "regression": "x0 y0 x1 y1 mask_share n_objects",
    },
    "large_fashion": {
        "classification": "category material returned",
        "regression": "price",
    },
    "mfeat_views": {"classification": "digit is_even has_loop"},
    "watch_imu": {
        "classification": "exercise side is_anomaly",
        "regression": "seconds_into_set",
    },
    "digits_three": {"classification": "digit"},
}
SKEWED = {"height", "price"}  # modelled as a logarithm there


@pytest.mark.parametrize("name", TARGETS)
def test_targets_of_real_sets_are_what_their_readmes_say(name, datasets) -> None:
    columns = load(name, datasets(name)).head(65536)
    for head, targets in TARGETS[name].items():
        for target in targets.split():
            guess = guess_target(target, columns[target])
            assert guess.head == head, target
            skewed = any("skewness" in text for text in guess.warnings)
            assert skewed == (target in SKEWED), target


def head(name, values):
    return guess_target(name, pl.Series(name, values)).head


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("y", [True, False, None]),
        ("y", ["a", "b", "c"]),
        ("y", [0, 1]),
        ("y", [-1.0, 1.0]),
        ("y", [0.5, 2.5]),
        ("mood", [-1, 0, 1]),
        ("digit", list(range(10))),
        ("cover_type", list(range(1, 8))),
        ("anything", [0, 1, 2, 3, 4]),
        ("code", ["007", "008", "009"]),
    ],
)
def test_classes(name, values) -> None:
    assert head(name, values * 20) == "classification"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("y", [0.5, 1.5, 2.5]),
        ("rating", [1, 2, 3, 4, 5]),
        ("anything", [1, 2, 3, 4, 5]),
        ("n_children", [0, 1, 2, 3]),
        ("anything", [0] * 50 + [1] * 20 + [2] * 5 + [3]),
        ("anything", [0, 1, 2, 4, 5]),
        ("anything", [-1, 0, 1, 3]),
        ("anything", list(range(500))),
        ("y", ["0.5", "1.5", "2.5"]),
    ],
)
def test_amounts(name, values) -> None:
    assert head(name, values * 20) == "regression"


def test_rating_says_how_to_read_it_as_classes() -> None:
    guess = guess_target("rating", pl.Series([1, 2, 3, 4, 5] * 20))
    assert guess.warnings == ("if the numbers are only names, write `classification`",)


def test_lists_are_flags() -> None:
    assert head("tags", [["a"], ["a", "b"]] * 20) == "flags"
    assert head("tags", [["a"], ["b"], []] * 20) == "flags"


def test_joined_labels_are_flags_with_their_separator() -> None:
    labels = list("abcdefgh")
    values = [
        ";".join(RNG.permutation(labels)[: RNG.integers(1, 5)]) for _ in range(300)
    ]
    guess = guess_target("tags", pl.Series(values))
    assert (guess.head, guess.arguments) == ("flags", {"separator": ";"})


def test_rare_classes_are_named() -> None:
    guess = guess_target(
        "y", pl.Series("y", ["a"] * 50 + ["b"] * 5 + ["c"] * 4 + ["d"])
    )
    assert guess.warnings == ("fewer than 5 rows each, too few to learn: 'c', 'd'",)
    assert "the most frequent, 'a', has 83 %" in guess.reason


def test_skewed_amounts_name_the_logarithm_that_fits() -> None:
    values = np.exp(RNG.normal(size=500))
    assert "its log may" in guess_target("y", values).warnings[0]
    assert "its log1p may" in guess_target("y", np.append(values, 0)).warnings[0]
    assert guess_target("y", values - 1).warnings == ()
    assert guess_target("y", RNG.random(500)).warnings == ()


@pytest.mark.parametrize(
    ("values", "received"),
    [
        ([3, 3, 3], "Received: 3."),
        (["a", None, "a"], "Received: 'a'."),
        ([None, None], "Received: 'no value in any row'."),
        ([float("nan")] * 3, "Received: 'no value in any row'."),
    ],
)
def test_target_without_two_values_is_refused(values, received) -> None:
    with pytest.raises(DataError) as caught:
        guess_target("y", pl.Series("y", values), "birds.csv")
    assert str(caught.value) == (
        "birds.csv, target `y`: expected at least two different values. "
        f"{received} Choose another column."
    )


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([datetime.date(2024, 1, 1 + i % 28) for i in range(60)]),
        pl.Series([b"\x89PNG\r\n\x1a\n%d" % i for i in range(60)]),
        pl.Series([[0.5 * i, 0.1] for i in range(60)]),
        pl.Series([datetime.timedelta(i) for i in range(60)]),
        RNG.normal(size=(60, 40, 2)),
    ],
)
def test_what_no_head_predicts_is_refused(column) -> None:
    with pytest.raises(
        DataError, match=r"target `y`: expected classes, numbers|no head"
    ):
        guess_target("y", column)


def test_texts_that_all_differ_are_no_classes() -> None:
    with pytest.raises(DataError, match="every row has a text of its own"):
        guess_target("y", pl.Series([f"text {i}" for i in range(200)]))
