from __future__ import annotations

import pytest

import sensorium as sm
from sensorium.training.optimizer_documents import (
    averages_by_default,
    is_by_part,
    optimizer_of,
    optimizer_problems,
)

SGD = {"type": "sgd", "momentum": 0.9}
GIVEN = {"encoders": "adamw", "photo": SGD, "others": "lion"}


@pytest.mark.parametrize("given", ["adam", SGD, {"beta_1": 0.5}, {}, None, object()])
def test_one_optimizer_for_all(given) -> None:
    assert not is_by_part(given)
    assert optimizer_of(given, "photo", "encoders") is given


def test_a_part_gets_its_own_its_groups_or_that_of_others() -> None:
    assert is_by_part(GIVEN)
    assert optimizer_of(GIVEN, "photo", "encoders") == SGD
    assert optimizer_of(GIVEN, "sound", "encoders") == "adamw"
    assert optimizer_of(GIVEN, "sold", "heads") == "lion"
    assert optimizer_of({"photo": SGD}, "sold", "heads") == "adam"


def test_averages_are_kept_unless_all_say_no() -> None:
    no = {"type": "sgd", "use_ema": False}
    assert averages_by_default("adam")
    assert averages_by_default({"photo": no})
    assert averages_by_default({"photo": no, "others": "adam"})
    assert not averages_by_default({"photo": no, "others": no})
    assert not averages_by_default(no)
    assert not averages_by_default(object())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("sgd", []),
        ({"photo": "mine>Own", "others": SGD}, []),
        ("adams", ["o: Keras has no optimizer `adams`. Did you mean `adam`?"]),
        ({"type": "sdg"}, ["o: Keras has no optimizer `sdg`. Did you mean `sgd`?"]),
        (
            {"phto": "sgd", "photo": "sdg"},
            [
                "o.phto: there is no part `phto`. Did you mean `photo`?",
                "o.photo: Keras has no optimizer `sdg`. Did you mean `sgd`?",
            ],
        ),
        (
            {"photo": "sgd", "others": 0.1},
            ["o.others: expected an optimizer, e.g. `adam`. Received: 0.1."],
        ),
    ],
)
def test_mistakes_are_named_without_keras(given, expected) -> None:
    assert [str(p) for p in optimizer_problems(given, ["photo", "heads"], "o")] == (
        expected
    )


def test_a_recipe_s_stages_are_checked() -> None:
    document = {
        "data": "x.csv",
        "inputs": {"photo": "number"},
        "outputs": {"sold": "classification"},
        "stages": [{"optimizer": {"phto": "sgd", "heads": SGD}}],
    }
    [problem] = sm.Recipe.problems(document)
    assert str(problem) == (
        "stages.0.optimizer.phto: there is no part `phto`. Did you mean `photo`?"
    )
