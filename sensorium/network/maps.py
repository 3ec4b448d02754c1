"""Maps of image encoders, for heads that answer pixel by pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from sensorium.errors import DataError, listing, sentence


def images_of(
    heads: Mapping[str, Any],
    encoders: Mapping[str, Any],
    shapes: Mapping[str, Sequence[int | None]],
) -> dict[str, str]:
    """The image input of each head that has one.

    Args:
        heads: The heads by output.
        encoders: The encoders by input, built.
        shapes: The shape of each input, rows first.

    Raises:
        DataError: If a head names none where there are several, or one without maps.
    """
    pictures = [n for n in encoders if len(shapes[n]) == 4 and encoders[n].gives_scales]
    found = {}
    for output, head in heads.items():
        if head.looks_at_maps:
            found[output] = _image_of(output, head, encoders, pictures)
    return found


def learn_scales(
    heads: Mapping[str, Any],
    encoders: Mapping[str, Any],
    shapes: Mapping[str, Sequence[int | None]],
) -> dict[str, str]:
    """Tells heads the maps of their images; returns the image input of each.

    Args:
        heads: The heads by output.
        encoders: The encoders by input, built.
        shapes: The shape of each input, rows first.

    Raises:
        DataError: As `images_of`, or if a mask is not of its image's size.
    """
    images = images_of(heads, encoders, shapes)
    for output, name in images.items():
        head, shape = heads[output], tuple(shapes[name])
        sized = head.target == "mask" and head.shape is not None
        if sized and tuple(head.shape[:2]) != shape[1:3]:
            text = f"its masks must have the size of the input `{name}`"
            sizes = f"{head.shape[0]} x {head.shape[1]} and {shape[1]} x {shape[2]}"
            raise DataError(sentence(f"output `{output}`", text, sizes))
        head.learn_scales(encoders[name].scales_shape(shape))
    return images


def shown_maps(scales: Sequence[Any], present: Any) -> list[Any]:
    """Maps with zeros, and without gradient, in rows where the image is absent.

    Args:
        scales: Maps `(rows, height, width, channels)`.
        present: Booleans `(rows,)`.
    """
    here = present[:, None, None, None]
    return [keras.ops.where(here, x, keras.ops.zeros_like(x)) for x in scales]


def _image_of(
    output: str, head: Any, encoders: Mapping[str, Any], pictures: Sequence[str]
) -> str:
    where, known = f"output `{output}`", listing([f"`{n}`" for n in pictures])
    name = head.image
    if name is None and len(pictures) == 1:
        return pictures[0]
    if name is None and pictures:
        text = "there are several image inputs"
        raise DataError(sentence(where, text, fix=f"Say `image=` one of {known}."))
    if name is not None and name in pictures:
        return str(name)
    if name is None or name not in encoders:
        text = f"there is no image input{f' `{name}`' if name else ''} to look at"
        fix = f"Known: {known}." if known else "Add one."
        raise DataError(sentence(where, text, fix=fix))
    text = f"the encoder of `{name}` gives no maps, one vector for the picture only"
    fix = "Take `residual`, or cut the model before its pooling with `at`."
    raise DataError(sentence(where, text, fix=fix))
