"""Outputs that are masks of pictures: which image each belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensorium.errors import Problem, listing, near
from sensorium.features import Feature
from sensorium.nn.heads import TARGETS

LATE = "late"


def with_images(
    outputs: Mapping[str, Any], inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """The outputs' documents, each mask with the image it belongs to.

    Args:
        outputs: The documents, each with a type.
        inputs: The documents of the inputs.
    """
    images = _images(inputs)
    return {
        name: {**document, "image": images[0]}
        if _is_mask(document) and document.get("image") is None and len(images) == 1
        else document
        for name, document in outputs.items()
    }


def mask_problems(
    inputs: Mapping[str, Any], outputs: Mapping[str, Any], fusion: Any
) -> Iterator[Problem]:
    """Lists masks as inputs, masks of no image or of one of several, and late fusion.

    Boxes that look at an image need what masks need, and its size.

    Args:
        inputs: The documents of the inputs.
        outputs: The documents of the outputs.
        fusion: The fusion's document.
    """
    for name, document in inputs.items():
        if _word(document) == "mask":
            text = "a mask is an output only. Read it as `image` to use it as an input."
            yield Problem(f"inputs.{name}", text)
    images = _images(inputs)
    for name, document in outputs.items():
        given = document if isinstance(document, Mapping) else {}
        if not _is_mask(document) and not _looks(given):
            continue
        path = f"outputs.{name}"
        yield from _image_problems(given.get("image"), images, path)
        if _looks(given) and given.get("image_size") is None:
            text = "a box that looks at an image needs to know its size. Say "
            text += "`image_size`: height and width in the box's units, [1, 1] for "
            yield Problem(path, text + "shares of the picture.")
        if _word(fusion) == LATE and given.get("reads") is None:
            text = "a late fusion has no vector of all inputs that could say what to "
            text += "look for. Choose another `fusion`, or name an input in `reads`."
            yield Problem(path, text)


def sized_masks(
    labels: Mapping[str, Feature], features: Mapping[str, Feature]
) -> dict[str, Feature]:
    """The labels, with masks in the size of the pictures that they belong to.

    Args:
        labels: The fitted features of labels.
        features: The fitted features of inputs.
    """
    images = [name for name, feature in features.items() if feature.kind == "image"]
    found = dict(labels)
    for name, label in labels.items():
        if label.kind == "mask":
            given: Any = label
            image = given.image or (images[0] if len(images) == 1 else "")
            if image in features:
                found[name] = given.sized(features[image].shape()[:2])
    return found


def _image_problems(image: Any, images: Sequence[str], path: str) -> Iterator[Problem]:
    known = listing([f"`{name}`" for name in images], 12)
    if not images:
        text = "it needs an image input to look at. Add one under `inputs`."
        yield Problem(path, text)
    elif image is None and len(images) > 1:
        yield Problem(path, f"which image? Say `image:` one of {known}.")
    elif image is not None and image not in images:
        fix = near(str(image), images) or f"Known: {known}."
        yield Problem(f"{path}.image", f"there is no image input `{image}`. {fix}")


def _images(inputs: Mapping[str, Any]) -> list[str]:
    return [name for name, given in inputs.items() if _word(given) == "image"]


def _is_mask(document: Any) -> bool:
    return TARGETS.get(str(_word(document))) == "mask"


def _looks(given: Mapping[str, Any]) -> bool:
    return _word(given) == "box" and given.get("image") is not None


def _word(document: Any) -> Any:
    return document.get("type") if isinstance(document, Mapping) else document
