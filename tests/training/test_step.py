"""Parts by name, and what one step of a stage says."""

from __future__ import annotations

import pytest

from sensorium.training import Parts, Stage, Step

PARTS = Parts(("photo", "sound"), ("sold", "price"), trunk=True)


def test_parts_come_in_the_order_in_which_data_pass_them() -> None:
    assert PARTS.every == ("photo", "sound", "fusion", "trunk", "sold", "price")
    assert Parts(("a",), ("b",)).every == ("a", "fusion", "b")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("encoders",), ("photo", "sound")),
        (("heads",), ("sold", "price")),
        (("price", "encoders", "photo"), ("photo", "sound", "price")),
        (("trunk", "fusion"), ("fusion", "trunk")),
        ((), ()),
    ],
)
def test_groups_stand_for_all_of_a_kind(names, expected) -> None:
    assert PARTS.named(names) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (None, (None,)),
        ("data", (None,)),
        ("other", ("other",)),
        (["data", "other"], (None, "other")),
    ],
)
def test_a_step_learns_from_the_tables_of_its_stage(table, expected) -> None:
    assert Step("s", Stage(table=table), ("photo",), ("photo",)).tables == expected


def test_rates_are_given_by_part_by_group_and_for_the_others() -> None:
    rates = {"photo": 1.0, "encoders": 2.0, "price": 3.0, "heads": 4.0, "others": 5.0}
    step = Step("s", Stage(learning_rate=rates), PARTS.inputs, PARTS.every)
    assert step.rates(PARTS.every) == {
        "photo": 1.0,
        "sound": 2.0,
        "fusion": 5.0,
        "trunk": 5.0,
        "sold": 4.0,
        "price": 3.0,
    }
    assert step.rates(["disposable"]) == {"disposable": 4.0}


def test_one_rate_is_that_of_all_parts() -> None:
    step = Step("s", Stage(learning_rate=0.5), PARTS.inputs, PARTS.every)
    assert set(step.rates(PARTS.every).values()) == {0.5}


def test_a_part_without_a_rate_learns_at_a_thousandth() -> None:
    step = Step("s", Stage(learning_rate={"photo": 1.0}), PARTS.inputs, PARTS.every)
    assert step.rates(["photo", "sound", "sold"]) == {
        "photo": 1.0,
        "sound": 1e-3,
        "sold": 1e-3,
    }


def test_disposable_heads_are_not_known() -> None:
    step = Step("s", Stage(), ("photo",), ("photo",), heads={"extra": {}})
    assert step.known == ("photo", "fusion", "trunk")
