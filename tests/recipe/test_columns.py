from __future__ import annotations

from sensorium.recipe.columns import table_problems


def test_without_a_near_name_the_columns_are_listed() -> None:
    found = table_problems([("outputs.y", "y")], ["x", "something"], "x.csv")
    assert "It has `x`, `something`." in found[0].message
