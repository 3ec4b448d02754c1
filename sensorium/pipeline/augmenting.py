"""What augmented batches of a step need: how inputs change, and what teachers say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from sensorium.features import Feature
from sensorium.nn.heads.base import Head
from sensorium.nn.joining import PRESENT
from sensorium.pipeline.embeddings import forward_of
from sensorium.training.augmentation import Augment, Augmentation
from sensorium.training.dataset import Made
from sensorium.training.following import MOVING, FollowingBox, FollowingMask


def augmentation(
    name: str, feature: Feature, settings: Mapping[str, Any]
) -> Augmentation:
    """How the rows of an input are changed.

    Args:
        name: The input.
        feature: Its feature, fitted.
        settings: What stands under the stage's `augment`.
    """
    plain = len(feature.names_) if feature.kind == "number" else None
    return Augmentation(Augment(**settings), feature.kind, name, plain)


def rebuilt(head: Head, name: str) -> Made:
    """What a head that rebuilds an input learns from: the input before it changed.

    An encoder that rebuilds what is clean from what is not learns to tell the two apart
    (denoising autoencoders, Vincent et al. 2008, section 2.3).

    Args:
        head: The head, which makes its labels of an input.
        name: The input.
    """

    def clean(changed: Mapping[str, Any], given: Mapping[str, Any]) -> np.ndarray:
        label = head.label_from(given[name], given.get(name + PRESENT))
        return np.asarray(keras.ops.convert_to_numpy(label))

    return clean


def followers(
    heads: Mapping[str, Any],
    targets: Mapping[str, Feature | None],
    features: Mapping[str, Feature],
    changed: Mapping[str, Mapping[str, Any]],
) -> dict[str, Augmentation]:
    """How the labels of outputs move with the pictures that they stand in.

    A mask follows its image, and so does a box that looks at one; another box follows
    the only image that is moved.

    Args:
        heads: The heads of a step, by output.
        targets: The fitted feature of each output's labels.
        features: The fitted feature of every input.
        changed: Input -> what stands under the stage's `augment`, for inputs there.
    """
    moved = {
        name: Augment(**given)
        for name, given in changed.items()
        if features[name].kind == "image" and any(given.get(word) for word in MOVING)
    }
    found: dict[str, Augmentation] = {}
    for output, head in heads.items():
        target: Any = targets.get(output)
        if head.target == "mask":
            image = head.image or next(iter(moved), None)
            if image in moved:
                found[output] = FollowingMask(moved[image], image)
        elif head.target == "box" and moved and target is not None:
            name = head.image or next(iter(moved))
            if name in moved:
                pixels, size = features[name].shape()[:2], target.image_size
                follow = FollowingBox(moved[name], name, pixels, size, target.form)
                found[output] = follow
    return found


def teacher(encoder: Any, name: str, feature: Feature) -> Made:
    """A copy of an encoder as it is now, which encodes the rows of a batch.

    A teacher that saw other rows than its pupil would teach it what they do not show.

    Args:
        encoder: The encoder.
        name: Its input.
        feature: The input's feature, fitted.

    Returns:
        From the batch's arrays to encodings; NaN where the input is absent.
    """
    copied = type(encoder).from_config(encoder.get_config())
    copied.build((None, *feature.shape()))
    copied.set_weights(encoder.get_weights())
    forward = forward_of(copied, name, tokens=False)

    def encoded(arrays: Mapping[str, Any], _: Mapping[str, Any]) -> np.ndarray:
        given = {key: arrays[key] for key in (name, name + PRESENT) if key in arrays}
        found = keras.ops.convert_to_numpy(forward(given)["values"])
        here = np.asarray(arrays[name + PRESENT])[:, None]
        return np.where(here, found, np.float32(np.nan))

    return encoded
