from __future__ import annotations

import pytest

from sensorium.errors import RecipeError
from sensorium.nn.heads import Box, Classification, Flags, Regression, Segmentation
from tests.nn.samples import HEAD_ROLE

GIVEN = {
    "weight": 0.5,
    "dropout": 0.25,
    "column": "c",
    "sample_weight": "w",
    "reads": "photo",
}


@pytest.mark.parametrize("kind", [Box, Classification, Flags, Regression, Segmentation])
def test_heads_with_labels_share_their_settings(kind) -> None:
    head = kind(name="sold", **GIVEN)
    assert {name: getattr(head, name) for name in GIVEN} == GIVEN
    assert head.name == "sold"
    assert GIVEN.items() <= HEAD_ROLE.document(head).items()
    assert kind.from_config(head.get_config()) == head


@pytest.mark.parametrize("kind", [Classification, Flags, Regression])
def test_wrong_settings_are_named(kind) -> None:
    with pytest.raises(RecipeError, match=r"sample_weight: expected a text"):
        kind(sample_weight=3)
    with pytest.raises(RecipeError, match=r"Did you mean `sample_weight`"):
        kind(sample_weights="w")
