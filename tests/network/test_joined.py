"""What `join` refuses, and in which words."""

from __future__ import annotations

import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.network import join
from sensorium.nn.encoders import MLP, Embedding
from sensorium.nn.heads import Classification, Regression


@pytest.mark.parametrize(
    ("encoders", "heads", "message"),
    [
        ({}, {"y": Regression()}, "at least one input"),
        ({"a": MLP()}, {}, "needs an output"),
        ({"a/b": MLP()}, {"y": Regression()}, "without `/`"),
        ({"a": MLP()}, {"a": Regression()}, "an input and an output have this name"),
        ({"fusion": MLP()}, {"y": Regression()}, "Choose another name"),
        ({"a": Regression()}, {"y": Regression()}, "encoders.a: expected an encoder"),
        ({"a": MLP}, {"y": Regression()}, "encoders.a: expected an encoder"),
        ({"a": MLP()}, {"y": MLP()}, "heads.y: expected a head"),
    ],
)
def test_what_cannot_be_joined_is_refused(encoders, heads, message) -> None:
    with pytest.raises(RecipeError, match=message):
        join(encoders, heads=heads)


def test_every_mistake_is_told_at_once() -> None:
    shared = MLP()
    with pytest.raises(RecipeError) as caught:
        join({"a": shared, "b": shared}, "concat", {"b": Regression()})
    assert [problem.path for problem in caught.value.problems] == ["b", "b", "fusion"]
    assert "the same layer as `a`" in str(caught.value)


def test_parts_with_sizes_still_open_are_named() -> None:
    with pytest.raises(DataError, match=r"`city`: `Embedding` needs `num_categories`"):
        join({"city": Embedding()}, heads={"y": Regression()}).build_from(
            {"city": ((1,), "int32")}
        )
    with pytest.raises(DataError, match=r"`y`: `Classification` needs `num_classes`"):
        join({"a": MLP()}, heads={"y": Classification()}).build_from(
            {"a": ((1,), "float32")}
        )
