"""Recipes with masks."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.features import Image, Mask
from sensorium.recipe import Recipe
from sensorium.recipe.masks import mask_problems, sized_masks, with_images

ONE = {"photo": {"type": "image"}, "query": {"type": "text"}}
TWO = {**ONE, "depth": {"type": "image"}}
MASK = {"mask": {"type": "segmentation"}}


def recipe(inputs, outputs, **more) -> Recipe:
    return Recipe("t.csv", inputs, outputs, **more)


def test_a_mask_belongs_to_the_only_image() -> None:
    found = recipe(ONE, MASK)
    assert found.outputs["mask"]["image"] == "photo"
    assert found.targets()["mask"].image == "photo"
    assert recipe(ONE, {"mask": "segmentation"}) == found
    assert with_images(MASK, TWO) == MASK


@pytest.mark.parametrize(
    ("inputs", "outputs", "fusion", "path", "words"),
    [
        (TWO, MASK, "concat", "outputs.mask", "which image? Say `image:` one of `ph"),
        ({"query": "text"}, MASK, "concat", "outputs.mask", "needs an image input"),
        (
            ONE,
            {"mask": {"type": "segmentation", "image": "foto"}},
            "concat",
            "outputs.mask.image",
            "there is no image input `foto`. Did you mean `photo`?",
        ),
        (
            ONE,
            {"mask": {"type": "segmentation", "image": "query"}},
            "concat",
            "outputs.mask.image",
            "there is no image input `query`",
        ),
        (ONE, MASK, "late", "outputs.mask", "a late fusion has no vector"),
        ({**ONE, "m": "mask"}, MASK, "concat", "inputs.m", "is an output only"),
        (
            ONE,
            {"box": {"type": "box", "image": "photo"}},
            "concat",
            "outputs.box",
            "needs to know its size",
        ),
        (
            ONE,
            {"box": {"type": "box", "image": "foto", "image_size": [1, 1]}},
            "concat",
            "outputs.box.image",
            "Did you mean `photo`?",
        ),
    ],
)
def test_mistakes_are_named_with_their_path(inputs, outputs, fusion, path, words):
    (problem,) = mask_problems(inputs, outputs, fusion)
    assert problem.path == path
    assert words in problem.message
    with pytest.raises(RecipeError, match=path):
        recipe(inputs, outputs, fusion=fusion)


def test_a_late_fusion_may_stand_beside_a_mask_of_one_input() -> None:
    alone = {"mask": {"type": "segmentation", "reads": "photo"}}
    assert list(mask_problems(ONE, alone, {"type": "late"})) == []


def test_masks_take_the_size_of_their_image() -> None:
    pictures = {"photo": np.zeros((2, 6, 4, 3), np.uint8)}
    masks = {"mask": np.array([[[0, 1]]] * 2)}
    features = {"photo": Image().fit(pictures)}
    for given in (None, "photo"):
        label = Mask(image=given).fit(masks)
        assert sized_masks({"mask": label}, features)["mask"].shape() == (6, 4)


def test_a_moved_picture_needs_to_know_the_units_of_boxes_in_it() -> None:
    boxes = {**MASK, "box": {"type": "box"}}
    moved = {"photo": {"flip": True}}
    with pytest.raises(RecipeError, match=r"stages.0.augment.photo.*image_size"):
        recipe(ONE, boxes, stages=[{"augment": moved}])
    known = {**MASK, "box": {"type": "box", "image_size": [1, 1]}}
    recipe(ONE, known, stages=[{"augment": moved}])
    recipe(ONE, boxes, stages=[{"augment": {"photo": {"noise": 0.1}}}])
    several = {name: {"shift": 2} for name in ("photo", "depth")}
    masked = {"mask": {"type": "segmentation", "image": "photo"}}
    with pytest.raises(RecipeError, match="move one image only"):
        recipe(TWO, {**known, **masked}, stages=[{"augment": several}])
    named = {"box": {**known["box"], "image": "depth"}}
    recipe(TWO, {**named, **masked}, stages=[{"augment": several}])
